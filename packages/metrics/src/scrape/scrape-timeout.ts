/** How long a scraper waits, as it says itself. */

/** Seconds for a client that does not say: longer than Prometheus' default of ten, shorter than people's patience. */
const DEFAULT_SECONDS = 30
/** Taken off for the way back, but never more than half. */
const MARGIN_SECONDS = 0.5
const MAX_SECONDS = 120

/**
 * Seconds in which the last byte should be on its way. Prometheus sends `X-Prometheus-Scrape-Timeout-Seconds` with its own limit and
 * drops what comes later; going on would be work for nobody.
 */
export function scrapeSeconds(sent: string | string[] | undefined): number {
  const text = typeof sent === 'string' ? sent.trim() : ''
  const seconds = /^\d{1,9}(?:\.\d{1,9})?$/.test(text) ? Number(text) : 0
  if (seconds === 0) return DEFAULT_SECONDS
  return Math.min(Math.max(seconds - MARGIN_SECONDS, seconds / 2), MAX_SECONDS)
}
