/** Durations as Go writes them: `1h30m`, `100ms`, `1.5s`. */

const UNITS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y

/** Milliseconds; undefined for what time.ParseDuration refuses, days among it. */
export function parseGoDuration(text: string): number | undefined {
  const sign = /^[+-]/.exec(text)?.[0] ?? ''
  const rest = text.slice(sign.length)
  if (rest === '0') return 0
  let milliseconds = 0
  PART.lastIndex = 0
  while (PART.lastIndex < rest.length) {
    const match = PART.exec(rest)
    if (!match) return undefined
    milliseconds += Number(match[1]) * (UNITS[match[2] as string] as number)
  }
  if (rest === '') return undefined
  return sign === '-' ? -milliseconds : milliseconds
}
