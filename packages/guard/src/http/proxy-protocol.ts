/** PROXY protocol before HTTP or TLS: a proxy says for whom it connects, and nobody else is heard. */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { withPath } from '../errors.ts'
import { readProxyHeader } from '../net/proxy-protocol.ts'
import { isTrustedPeer, parseTrustedPeers, type TrustedPeers } from '../net/trusted-peers.ts'
import { refuseUnknownKeys } from '../options/known-keys.ts'
import { inheritPeer, peerOf, setPeer } from './peer.ts'

export interface ProxyProtocolOptions {
  /** Networks or lone addresses of the proxies that may connect, and `unix` for whoever connects over a unix socket. */
  readonly trusted: readonly string[]
}

/** From the beginning of a connection to the end of its header; a proxy sends it at once. */
const HEADER_MILLISECONDS = 5_000

/** @throws {PosternError} those of `parseTrustedPeers`. */
export function compileProxyProtocol(options: ProxyProtocolOptions): TrustedPeers {
  refuseUnknownKeys(options, ['trusted'])
  return withPath(['trusted'], () => parseTrustedPeers(options.trusted))
}

/** Connections whose header has not come yet. */
const waiting = new WeakSet<Socket>()

export const awaitsProxyHeader = (socket: Socket): boolean => waiting.has(socket)

/**
 * Makes every connection of `server`, http or https, begin with a header of PROXY protocol. One from a peer that is not trusted, or with
 * another beginning, or with none in time, is closed without a word. Called before the server listens. What the header says is the
 * peer's address to the guard, for every request of the connection; a proxy that speaks for itself (LOCAL) has its own.
 */
export function expectProxyHeader(server: Server, trusted: TrustedPeers, milliseconds: number = HEADER_MILLISECONDS): void {
  // HTTP or TLS begin where their server hears of a connection: they hear of it later.
  const begin = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    if (!isTrustedPeer(trusted, peerOf(socket))) socket.destroy()
    else readHeader(socket, milliseconds, () => begin.forEach((listener) => listener.call(server, socket)))
  })
  server.prependListener('secureConnection', inheritPeer)
}

function readHeader(socket: Socket, milliseconds: number, begin: () => void): void {
  let received = Buffer.alloc(0)
  const refuse = (): void => {
    stop()
    socket.destroy()
  }
  const hear = (chunk: Buffer): void => {
    received = Buffer.concat([received, chunk])
    const header = readProxyHeader(received)
    if (header.state === 'incomplete') return
    if (header.state === 'malformed') {
      refuse()
      return
    }
    stop()
    if (header.command === 'proxy') setPeer(socket, { address: header.source })
    socket.pause()
    if (received.length > header.length) socket.unshift(received.subarray(header.length))
    begin()
    // TLS takes what was put back by itself; HTTP waits for it to flow.
    if (socket.listenerCount('data') > 0) socket.resume()
  }
  const stop = (): void => {
    clearTimeout(timer)
    waiting.delete(socket)
    socket.off('data', hear).off('end', refuse).off('error', refuse)
  }
  const timer = setTimeout(refuse, milliseconds).unref()
  waiting.add(socket)
  socket.on('data', hear).on('end', refuse).on('error', refuse)
}
