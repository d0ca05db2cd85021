/** What may be said when a registry is made, and the least that each of its limits may be. */
import type { DeclareContext } from './instruments/declare.ts'
import { checkKeys } from './known-keys.ts'
import { atLeast, checkLimit } from './limits.ts'
import { type Alphabet, checkLabelNames, quote } from './names.ts'
import type { LabelValue } from './series/labels.ts'

export interface RegistryOptions {
  /** Added to every series, as the registry found them when it was made; a label a family declares itself wins over them. */
  readonly defaultLabels?: Readonly<Record<string, LabelValue>>
  /**
   * What names of metrics and labels are made of. Default: `legacy`, which every server reads. With `utf-8` any text will do: a server
   * that does not ask for it is given the name escaped as it asks, with underscores unless it says so.
   */
  readonly names?: Alphabet
  /** Milliseconds of a clock that never goes back; timers read it. Default: `performance.now`. */
  readonly now?: () => number
  /** Milliseconds since the Unix epoch; exemplars and created timestamps read it. Default: `Date.now`. */
  readonly wallClock?: () => number
  /**
   * Told of every `collect` that failed or came too late, while the scrape is under way: what it threw or rejected with, and the family
   * left out for it, named as registered. For a log line; the failure is counted with or without it. It holds up the scrape for as long
   * as it runs, but a promise it returns is not waited for. What it throws or rejects with itself is dropped: the scrape goes on.
   */
  readonly onCollectError?: (error: unknown, family: string) => void
  /** How long a scrape waits for each `collect`, 1 or more. Default: 5000. */
  readonly collectTimeoutMilliseconds?: number
  /** Series that all families together may have; see `maxSeries` of a family. Default: no limit. */
  readonly maxSeries?: number
  /** Whether series tell when they were born: `_created` in OpenMetrics, and in protobuf. Costs 8 bytes per series. Default: false. */
  readonly createdTimestamps?: boolean
  /** Scrapes answered at a time, 1 or more; those beyond are told to come back. Default: 32. */
  readonly maxScrapesInFlight?: number
  /**
   * How long a client may keep its scrape waiting before a scrape that finds no place gets that one's; the one stalled longest is broken
   * off. What a client takes, at 256 KiB for a second, is set off against its waiting. Default: 5000.
   */
  readonly maxScrapeStallMilliseconds?: number
  /** How long rendering may hold up the event loop before it yields. Default: 2. */
  readonly sliceMilliseconds?: number
  /** Rendered bytes kept between scrapes, so that what has not changed is not written again. Default: 16 MiB; 0 keeps none. */
  readonly keptBytes?: number
}

export const DEFAULTS = {
  collectTimeoutMilliseconds: 5_000,
  maxScrapesInFlight: 32,
  maxScrapeStallMilliseconds: 5_000, // at 256 KiB/s, a third of the largest buffer a system has for a connection, 4 MiB: it asks again then
  sliceMilliseconds: 2,
  keptBytes: 16_777_216, // 16 MiB: 150,000 counters, or 11,000 histograms
} as const

/** The least that each limit may be. */
const LIMITS = {
  collectTimeoutMilliseconds: 1,
  maxSeries: 1,
  maxScrapesInFlight: 1,
  maxScrapeStallMilliseconds: 1,
  sliceMilliseconds: 0,
  keptBytes: 0,
} as const satisfies Partial<Record<keyof RegistryOptions, number>>

/** Options that are called. */
const FUNCTIONS = ['now', 'wallClock', 'onCollectError'] as const satisfies readonly (keyof RegistryOptions)[]

const KEYS = [
  'defaultLabels',
  'names',
  'now',
  'wallClock',
  'onCollectError',
  'collectTimeoutMilliseconds',
  'maxSeries',
  'createdTimestamps',
  'maxScrapesInFlight',
  'maxScrapeStallMilliseconds',
  'sliceMilliseconds',
  'keptBytes',
] as const satisfies readonly (keyof RegistryOptions)[]

/** Checked and complete. */
export interface RegistrySettings extends Required<Pick<RegistryOptions, keyof typeof DEFAULTS>> {
  /** As they were given, in a copy. */
  readonly options: RegistryOptions
  /** What instruments are made with; who hears of overflow is the registry's to say. */
  readonly context: Omit<DeclareContext, 'onOverflow'>
}

/**
 * @throws {TypeError} when an option is not known or of another type, or the name of a default label cannot be used.
 * @throws {RangeError} when a limit allows nothing.
 */
export function compileOptions(options: RegistryOptions): RegistrySettings {
  checkOptions(options)
  const { defaultLabels = {}, names: alphabet = 'legacy', now = () => performance.now(), wallClock = () => Date.now() } = options
  checkLabelNames('The registry', Object.keys(defaultLabels), alphabet)
  return {
    options: { ...options, defaultLabels: { ...defaultLabels } },
    context: {
      alphabet,
      defaultLabels: new Map(Object.entries(defaultLabels).map(([name, value]) => [name, String(value)])),
      budget: { limit: options.maxSeries ?? Infinity, used: 0 },
      now,
      wallClock,
      keepsCreated: options.createdTimestamps ?? false,
    },
    collectTimeoutMilliseconds: options.collectTimeoutMilliseconds ?? DEFAULTS.collectTimeoutMilliseconds,
    maxScrapesInFlight: options.maxScrapesInFlight ?? DEFAULTS.maxScrapesInFlight,
    maxScrapeStallMilliseconds: options.maxScrapeStallMilliseconds ?? DEFAULTS.maxScrapeStallMilliseconds,
    sliceMilliseconds: options.sliceMilliseconds ?? DEFAULTS.sliceMilliseconds,
    keptBytes: options.keptBytes ?? DEFAULTS.keptBytes,
  }
}

function checkOptions(options: RegistryOptions): void {
  checkKeys('The registry', options, KEYS)
  const alphabet: unknown = options.names
  if (alphabet !== undefined && alphabet !== 'legacy' && alphabet !== 'utf-8') {
    throw new TypeError(`The registry has names ${quote(alphabet)}. Write 'legacy' or 'utf-8'.`)
  }
  for (const option of FUNCTIONS) {
    const given: unknown = options[option]
    if (given === undefined || typeof given === 'function') continue
    throw new TypeError(`The registry has ${option} ${quote(given)}, which is no function. Pass one, or leave it out.`)
  }
  const labels: unknown = options.defaultLabels
  if (labels !== undefined && (labels === null || typeof labels !== 'object' || Array.isArray(labels))) {
    throw new TypeError(`The registry has defaultLabels ${quote(labels)}, which is no object of labels. Write them like { app: 'shop' }.`)
  }
  for (const limit of Object.keys(LIMITS) as (keyof typeof LIMITS)[]) {
    checkLimit('The registry', limit, options[limit], atLeast(LIMITS[limit]))
  }
}
