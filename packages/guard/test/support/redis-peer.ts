/**
 * A peer that speaks the protocol of Redis (RESP) and answers as a test says: for what a real one does not do when it is asked to.
 * What the real one does with the scripts is shown end to end.
 */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

export interface RedisPeer extends AsyncDisposable {
  readonly port: number
  /** Every command that came, its name in lower case. */
  readonly commands: readonly (readonly string[])[]
  /** Connections so far. */
  connections(): number
  /** Resolves at the next connection. */
  connected(): Promise<unknown>
  /** What is answered from now on, as it goes over the wire; undefined is silence. */
  answer(reply: (command: readonly string[]) => string | undefined): void
  cut(): void
}

/** What a healthy one says: to the handshake, and zeros to the scripts. */
export function healthy([name, , keys]: readonly string[]): string {
  if (name === 'info') return '$11\r\nloading:0\r\n\r\n'
  if (name !== 'eval' && name !== 'evalsha') return '+OK\r\n'
  return keys === '3' ? '*4\r\n:0\r\n:0\r\n:0\r\n:0\r\n' : '*2\r\n:0\r\n:0\r\n'
}

export async function startRedisPeer(): Promise<RedisPeer> {
  const commands: string[][] = []
  const sockets = new Set<Socket>()
  let reply: (command: readonly string[]) => string | undefined = healthy
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    sockets.add(socket)
    let pending = ''
    socket
      .on('error', () => {})
      .on('close', () => sockets.delete(socket))
      .setEncoding('latin1')
      .on('data', (text: string) => {
        pending += text
        for (let next = takeCommand(pending); next !== undefined; next = takeCommand(pending)) {
          pending = pending.slice(next.size)
          const command = [(next.words[0] ?? '').toLowerCase(), ...next.words.slice(1)]
          commands.push(command)
          const answer = reply(command)
          if (answer !== undefined) socket.write(answer)
        }
      })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const cut = (): void => sockets.forEach((socket) => socket.destroy())
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    commands,
    connections: () => connections,
    connected: () => once(server, 'connection'),
    answer(next) {
      reply = next
    },
    cut,
    async [Symbol.asyncDispose]() {
      cut()
      if (!server.listening) return
      server.close()
      await once(server, 'close')
    },
  }
}

/** `*2\r\n$4\r\nINFO\r\n…`: the first command of `text`, and how much of it that was; undefined while it is not whole. */
function takeCommand(text: string): { words: string[]; size: number } | undefined {
  const head = /^\*(\d+)\r\n/.exec(text)
  if (head === null) return undefined
  const words: string[] = []
  let at = head[0].length
  for (let word = 0; word < Number(head[1]); word += 1) {
    const length = /^\$(\d+)\r\n/.exec(text.slice(at))
    if (length === null) return undefined
    const start = at + length[0].length
    at = start + Number(length[1]) + 2
    if (text.length < at) return undefined
    words.push(text.slice(start, at - 2))
  }
  return { words, size: at }
}
