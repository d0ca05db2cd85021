/** Who is at the other end of a connection: read when it begins, since a socket that has ended tells no address any more. */
import type { Server, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { parseAddress } from '../net/address.ts'
import type { Peer } from '../net/trusted-peers.ts'

/** On the socket itself and not in a map beside it: HTTP/2 shows requests a stand-in for their socket, which is another object. */
const PEER = Symbol('postern.peer')

interface AcceptedSocket extends Socket {
  [PEER]?: Peer
  /** Node sets it on every socket that a server accepted. */
  readonly server?: Pick<Server, 'address'>
}

export function peerOf(socket: Socket): Peer {
  const accepted: AcceptedSocket = socket
  accepted[PEER] ??= readPeer(accepted)
  return accepted[PEER]
}

/** For a connection whose other end is a proxy that has said for whom it speaks. */
export function setPeer(socket: Socket, peer: Peer): void {
  ;(socket as AcceptedSocket)[PEER] = peer
}

function readPeer(socket: AcceptedSocket): Peer {
  const address = parseAddress(socket.remoteAddress ?? '')
  // A TCP connection that was reset has no address either, and is no unix socket for it.
  return { address, unixSocket: address === undefined && typeof socket.server?.address() === 'string' }
}

/** The connection below TLS has been told its peer; the one that requests see has not. */
export function inheritPeer(socket: TLSSocket): void {
  const below = (socket as { readonly _parent?: AcceptedSocket | null })._parent
  // Without the one below, nobody: the address that TLS would tell is that of the proxy.
  setPeer(socket, below?.[PEER] ?? { address: undefined })
}
