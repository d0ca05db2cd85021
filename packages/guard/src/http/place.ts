/** Where one server listens and who may connect to it: options judged at once, opened later. */
import type { Server } from 'node:http'
import { policyError, withPath } from '../errors.ts'
import { listen, listenOnSocket, SOCKET_MODE } from './lifecycle.ts'
import { compileProxyProtocol, expectProxyHeader, type ProxyProtocolOptions } from './proxy-protocol.ts'

export interface PlaceOptions {
  /** 0 takes a free one; the result's `url` says which. This or `socketPath` is required. */
  readonly port?: number
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** A unix socket instead of a port. A file of before that nobody listens on is replaced; closing deletes it. */
  readonly socketPath?: string
  /** Permissions of that file, which say who may connect. Default 0o600: the user of this process alone. */
  readonly socketMode?: number
  /** Behind a proxy that speaks PROXY protocol: every connection must begin with its header, and come from a trusted peer. */
  readonly proxyProtocol?: ProxyProtocolOptions
}

export interface Place {
  /** As others reach it: a unix socket is reached from this machine alone. */
  readonly host: string
  /** Answers what stands between `//` and the path of a URL. @throws {PosternError} ERR_POSTERN_LISTEN */
  open(server: Server): Promise<string>
}

/** @throws {PosternError} ERR_POSTERN_POLICY for options that name no place or two, and for a mode that is none; those of `compileProxyProtocol`. */
export function compilePlace(options: PlaceOptions): Place {
  const { proxyProtocol } = options
  const trusted = proxyProtocol && withPath(['proxyProtocol'], () => compileProxyProtocol(proxyProtocol))
  const place = options.socketPath === undefined ? compileAddress(options) : compileSocket(options.socketPath, options)
  if (trusted === undefined) return place
  return {
    host: place.host,
    open(server) {
      expectProxyHeader(server, trusted)
      return place.open(server)
    },
  }
}

function compileAddress({ host = '127.0.0.1', port, socketMode }: PlaceOptions): Place {
  if (port === undefined || socketMode !== undefined) {
    const [path, message] =
      port === undefined
        ? ['port', 'neither port nor socketPath says where to listen']
        : ['socketMode', 'a port has no mode, a unix socket has']
    throw policyError('ERR_POSTERN_POLICY', message, { path: [path], fix: 'Write one of the two, and socketMode beside socketPath alone.' })
  }
  const shown = host.includes(':') ? `[${host}]` : host
  return { host, open: async (server) => `${shown}:${await listen(server, host, port)}` }
}

function compileSocket(socketPath: string, { host, port, socketMode = SOCKET_MODE }: PlaceOptions): Place {
  if (host !== undefined || port !== undefined) {
    throw policyError('ERR_POSTERN_POLICY', 'socketPath stands beside a host or port, and a server listens in one place', {
      path: ['socketPath'],
      fix: 'Keep one of them; serve twice to listen in both.',
    })
  }
  if (!Number.isInteger(socketMode) || socketMode < 0 || socketMode > 0o777) {
    throw policyError('ERR_POSTERN_POLICY', `${String(socketMode)} is no mode of a file`, {
      path: ['socketMode'],
      fix: 'Write it in octal, like 0o660.',
    })
  }
  return {
    host: 'localhost',
    async open(server) {
      await listenOnSocket(server, socketPath, socketMode)
      return `unix:${socketPath}:`
    },
  }
}
