/** How connections come to the listeners of a policy: the mode of unix sockets, and PROXY protocol. */
import { PosternError } from '@postern/guard'
import { compileProxyProtocol, type TrustedPeers } from '@postern/guard/http'
import { commandError } from '../errors.ts'
import { atPlace, type ConfigDocument } from './document.ts'
import type { PolicyFile } from './schema.ts'

export interface ConnectionSettings {
  /** Permissions of the files of unix sockets. Left out: those of `listenOnSocket`. */
  readonly socketMode?: number | undefined
  /** Peers whose header of PROXY protocol is believed; every connection begins with one. Left out: none does. */
  readonly proxyProtocol?: TrustedPeers | undefined
}

/** @throws {PosternError} ERR_POSTERN_CONFIG for a mode that is none, and those of `compileProxyProtocol`. */
export function compileConnections(document: ConfigDocument<PolicyFile>): ConnectionSettings {
  const { socket_mode: mode, proxy_protocol: proxyProtocol } = document.value
  return {
    socketMode: mode === undefined ? undefined : parseMode(mode, document),
    proxyProtocol: proxyProtocol && compileTrusted(proxyProtocol, document),
  }
}

function parseMode(text: string, document: ConfigDocument<PolicyFile>): number {
  if (/^0?[0-7]{3}$/.test(text)) return Number.parseInt(text, 8)
  throw commandError('ERR_POSTERN_CONFIG', `${JSON.stringify(text)} is no mode of a file`, {
    path: ['socket_mode'],
    fix: 'Write it in octal and in quotes, like "0660".',
    source: document.locate(['socket_mode']),
  })
}

function compileTrusted(options: { readonly trusted: readonly string[] }, document: ConfigDocument<PolicyFile>): TrustedPeers {
  try {
    return compileProxyProtocol(options)
  } catch (error) {
    const path = error instanceof PosternError ? error.path : []
    throw atPlace(error, ['proxy_protocol', ...path], (inner) => document.locate(inner))
  }
}
