/** How long one scrape may take: what the scraper says it waits, less what the answer's way back takes. */

export const DEFAULTS = {
  scrapeTimeoutSeconds: 10, // Prometheus' own default, for clients that do not say
  maxScrapeTimeoutSeconds: 120, // a client may not hold an upstream longer, whatever it says
  reserveSeconds: 0.5, // so that the gateway's 504 arrives before the scraper has given up
} as const

/**
 * What is left for the upstream.
 * @param header X-Prometheus-Scrape-Timeout-Seconds: decimal seconds, as Prometheus writes it; anything else is as if absent
 * @param spentSeconds since the request came: checking a password may have had to wait its turn
 * @returns seconds, in whole milliseconds and at least one; before what was spent, never less than half of what the scraper waits
 */
export function scrapeDeadline(header: string | undefined, spentSeconds: number): number {
  const stated = header !== undefined && /^\d{1,6}(?:\.\d{1,9})?$/.test(header) ? Number(header) : 0
  const waits = stated > 0 ? Math.min(stated, DEFAULTS.maxScrapeTimeoutSeconds) : DEFAULTS.scrapeTimeoutSeconds
  const whole = Math.max(waits - DEFAULTS.reserveSeconds, waits / 2)
  return Math.max(Math.floor((whole - spentSeconds) * 1000), 1) / 1000
}
