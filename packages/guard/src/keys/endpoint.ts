/** Where keys may be asked for: over TLS, or from this machine. */
import { isLoopbackHost } from '../exposure.ts'

/** The URL, or why it cannot be one, in words that follow it: `is no URL`. */
export function readEndpoint(text: unknown): URL | string {
  if (typeof text !== 'string' || !URL.canParse(text)) return 'is no URL'
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') return 'has credentials in it, and a URL is shown in logs'
  if (url.protocol === 'https:') return url
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (url.protocol === 'http:' && isLoopbackHost(host)) return url
  return 'is not https, and keys from an open wire are whose the wire is'
}

/** OpenID Connect Discovery 1.0, 4: behind the issuer, from which a slash at its end is taken. */
export const discoveryUrl = (issuer: string): URL => new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
