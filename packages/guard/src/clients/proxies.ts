/** Whom a request comes from when a proxy of ours hands it on. */
import { policyError, withPath } from '../errors.ts'
import { type HopReader, originOf, readForwarded, readXForwardedFor } from '../net/forwarded.ts'
import { isTrustedPeer, type Peer, parseTrustedPeers, type TrustedPeers } from '../net/trusted-peers.ts'
import { refuseUnknownKeys } from '../options/known-keys.ts'
import type { RequestFacts } from '../request.ts'

export interface ProxyOptions {
  /**
   * Networks or lone addresses of the proxies that are believed, and `unix` for whoever connects over a unix socket. Every proxy on the
   * way must be listed; each must add the address it was asked from to the header, or replace it, and never pass it on untouched.
   */
  readonly trusted: readonly string[]
  /** The one header that is read. Default `x-forwarded-for`. */
  readonly header?: 'x-forwarded-for' | 'forwarded'
}

export interface TrustedProxies {
  readonly trusted: TrustedPeers
  readonly header: string
  readonly readHops: HopReader
}

const READERS: ReadonlyMap<string, HopReader> = new Map([
  ['x-forwarded-for', readXForwardedFor],
  ['forwarded', readForwarded],
])

/** @throws {PosternError} those of `parseTrustedPeers`, and ERR_POSTERN_POLICY for a header that is not read. */
export function compileProxies(options: ProxyOptions): TrustedProxies {
  refuseUnknownKeys(options, ['trusted', 'header'])
  const trusted = withPath(['trusted'], () => parseTrustedPeers(options.trusted))
  const { header = 'x-forwarded-for' } = options
  const readHops = READERS.get(header)
  if (readHops !== undefined) return { trusted, header, readHops }
  throw policyError('ERR_POSTERN_POLICY', `${JSON.stringify(header)} is not a header that is read here`, {
    path: ['header'],
    fix: `Write ${[...READERS.keys()].join(' or ')}, and have your proxy send it.`,
  })
}

/** The peer unless it is a trusted proxy; then the client that the header names, see `originOf`. Total. */
export function resolveClient(proxies: TrustedProxies | undefined, facts: RequestFacts): Peer {
  if (proxies === undefined || !isTrustedPeer(proxies.trusted, facts)) return facts
  return originOf(facts, proxies.readHops(facts.header(proxies.header)), proxies.trusted)
}
