/** One text per label set, so that two spellings of a series are one series. */
import type { Series } from './series.ts'

const NOT_PLAIN = /[^a-zA-Z0-9_]/

/**
 * The same text for the same labels, whatever their order; those without a value count as absent, as they do in Prometheus.
 * Most series are already written so, and then their key is a piece of the body.
 * @param without The label that tells the samples of one point apart, and is not part of the key.
 */
export function labelKey(body: string, { labels, at, lastAt, end, ordered }: Series, without: string | undefined): string {
  if (without === undefined) {
    if (ordered === labels.size) return body.slice(at, end)
  } else if (ordered >= labels.size - 1 && body.startsWith(`${without}="`, lastAt)) {
    return body.slice(at, Math.max(at, lastAt - 1))
  }
  const rest = [...labels].filter(([name, value]) => value !== '' && name !== without).sort(byName)
  if (rest.every(([name, value]) => !NOT_PLAIN.test(name) && !value.includes('"'))) {
    return rest.map(([name, value]) => `${name}="${value}"`).join(',')
  }
  // Lengths first: no text can then pretend to be a boundary. No key above starts with a "#".
  return `#${rest.map(([name, value]) => `${name.length},${value.length}:${name}${value}`).join('')}`
}

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1
}
