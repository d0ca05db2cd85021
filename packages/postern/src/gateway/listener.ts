/** Sockets to serve on: one server for each address, the same handler behind all. */
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { PosternError } from '@postern/guard'
import { closeServer, expectProxyHeader, listen, listenOnSocket, SERVER_DEFAULTS } from '@postern/guard/http'
import type { TlsWorld } from '@postern/guard/tls'
import { formatHostPort, isSocketAddress, type ListenAddress, type ServedAddress } from '../config/listen-address.ts'
import type { GatewayConfig } from '../config/load.ts'

export interface Listener {
  /**
   * `https://localhost:9843`, `https://0.0.0.0:9843`: the address that is served, under the port that it got. A unix socket is written
   * as nginx does, so that a path may follow: `https://unix:/run/postern.sock:`.
   */
  readonly origin: string
  /** Stops listening, lets open requests end for `graceMilliseconds`, then cuts them. */
  close(graceMilliseconds: number): Promise<void>
}

/**
 * Opens one address; without `tls` for plain HTTP. `localhost` is both loopback addresses under one port; a machine without IPv6 has the first alone.
 * @throws {PosternError} ERR_POSTERN_LISTEN when it cannot be had; nothing stays open then.
 */
export async function openListener(
  address: ServedAddress,
  tls: TlsWorld | undefined,
  config: Pick<GatewayConfig, 'socketMode' | 'proxyProtocol'>,
  handler: RequestListener,
): Promise<Listener> {
  const create = (): Server => {
    const server = createServer(tls, handler)
    if (config.proxyProtocol) expectProxyHeader(server, config.proxyProtocol)
    return server
  }
  const { servers, authority } = await (isSocketAddress(address)
    ? openSocket(address.socketPath, config.socketMode, create)
    : openAddress(address, create))
  return {
    origin: `${tls ? 'https' : 'http'}://${authority}`,
    async close(graceMilliseconds) {
      await Promise.all(servers.map((server) => closeServer(server, graceMilliseconds)))
    },
  }
}

function createServer(tls: TlsWorld | undefined, handler: RequestListener): Server {
  if (!tls) return createHttpServer(SERVER_DEFAULTS, handler)
  const server = createHttpsServer({ ...SERVER_DEFAULTS, ...tls.options }, handler)
  tls.attach(server)
  return server
}

interface Opened {
  readonly servers: readonly Server[]
  readonly port: number
}

/** `authority`: what stands before the path in a URL. */
type Reached = Pick<Opened, 'servers'> & { readonly authority: string }

async function openSocket(path: string, mode: number | undefined, create: () => Server): Promise<Reached> {
  const server = create()
  await listenOnSocket(server, path, mode)
  return { servers: [server], authority: `unix:${path}:` }
}

async function openAddress({ host, port }: ListenAddress, create: () => Server): Promise<Reached> {
  const opened = await (host === 'localhost' ? openLoopback(port, create) : openOne({ host, port }, create))
  return { servers: opened.servers, authority: formatHostPort(host === '' ? '::' : host, opened.port) }
}

/** No host means every address: of both families where the machine has both. */
async function openOne({ host, port }: ListenAddress, create: () => Server): Promise<Opened> {
  if (host !== '') {
    const server = create()
    return { servers: [server], port: await listen(server, host, port) }
  }
  try {
    return await openOne({ host: '::', port }, create)
  } catch (error) {
    if (!isWithoutIpv6(error)) throw error
    return openOne({ host: '0.0.0.0', port }, create)
  }
}

/** A free port (0) is taken on the first address and may be in use on the second: another one is tried then, a few times. */
async function openLoopback(wanted: number, create: () => Server): Promise<Opened> {
  for (let tries = wanted === 0 ? 5 : 1; ; tries -= 1) {
    const first = create()
    const port = await listen(first, '127.0.0.1', wanted)
    const second = create()
    try {
      await listen(second, '::1', port)
      return { servers: [first, second], port }
    } catch (error) {
      if (isWithoutIpv6(error)) return { servers: [first], port }
      await closeServer(first, 0)
      if (tries <= 1) throw error
    }
  }
}

function isWithoutIpv6(error: unknown): boolean {
  const cause = error instanceof PosternError && error.cause instanceof Error && 'code' in error.cause ? error.cause.code : undefined
  return cause === 'EADDRNOTAVAIL' || cause === 'EAFNOSUPPORT'
}
