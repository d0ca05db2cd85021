/** Which headers travel: lists of what may, in both directions, since a list of what may not is never complete. */
import type { IncomingHttpHeaders } from 'node:http'
import type { View } from '@postern/guard'

/** What a scrape needs. No credential, cookie, forwarded or hop-by-hop header is among them, and no client can add one (CVE-2025-48865). */
const TO_UPSTREAM = ['accept', 'accept-encoding', 'user-agent'] as const
/** What a scraper reads. No cookie, no server banner, nothing an upstream could set for a browser. */
const TO_CLIENT = ['content-type', 'content-encoding', 'content-length', 'vary', 'retry-after'] as const

/**
 * @param timeoutSeconds what is left of the scrape's time, told on to an exporter that can use it
 * @param view what the answer goes through
 */
export function requestHeaders(received: IncomingHttpHeaders, timeoutSeconds: number, view?: View): Record<string, string> {
  const headers: Record<string, string> = { 'x-prometheus-scrape-timeout-seconds': String(timeoutSeconds) }
  for (const name of TO_UPSTREAM) {
    const value = received[name]
    if (typeof value === 'string') headers[name] = value
  }
  // What is to be filtered must be text, and is cheaper to read when it is not compressed.
  if (view !== undefined) Object.assign(headers, { accept: view.accept(received.accept), 'accept-encoding': 'identity' })
  return headers
}

export function responseHeaders(received: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const headers: Record<string, string> = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
  for (const name of TO_CLIENT) {
    const value = received[name]
    // Two Content-Types or lengths are a fault of the upstream: neither is believed.
    if (typeof value === 'string') headers[name] = value
  }
  return headers
}
