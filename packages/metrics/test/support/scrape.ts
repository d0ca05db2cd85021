/** The two ways a test scrapes a registry. */
import type { Registry } from '@postern/metrics'

const OPENMETRICS = 'application/openmetrics-text;version=1.0.0'

export const scrapeText = async (registry: Registry): Promise<string> => (await registry.render({ accept: undefined })).body
export const scrapeOpenMetrics = async (registry: Registry): Promise<string> => (await registry.render({ accept: OPENMETRICS })).body

/** The samples of a text scrape, without heads. */
export async function sampleLines(registry: Registry): Promise<string[]> {
  const body = await scrapeText(registry)
  return body.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}
