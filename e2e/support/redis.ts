/** Debian's redis-server on a port of its own, holding everything in memory. */
import { createConnection } from 'node:net'
import { text } from 'node:stream/consumers'
import { binary } from './binaries.ts'
import { type RunningProcess, startProcess } from './process.ts'

export interface RedisServer extends AsyncDisposable {
  readonly process: RunningProcess
  /** What it answers to one command, as it comes over the wire. */
  ask(...words: string[]): Promise<string>
}

export async function startRedis(port: number, ...args: string[]): Promise<RedisServer> {
  const fixed = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--daemonize', 'no', '--dir', '/tmp']
  const process = startProcess(binary('redis-server'), [...fixed, ...args])
  await process.printed(/Ready to accept connections/)
  return {
    process,
    async ask(...words) {
      const socket = createConnection({ host: '127.0.0.1', port })
      const command = (list: readonly string[]): string =>
        `*${list.length}\r\n${list.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`
      socket.write(command(words) + command(['QUIT']))
      return (await text(socket)).replace(/\+OK\r\n$/, '')
    },
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  }
}
