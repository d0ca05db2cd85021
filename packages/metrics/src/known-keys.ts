/** Options of callers without types: a misspelt key must not come to mean that there is none. */
import { quote } from './names.ts'

/** What other clients call things, and what they are called here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  aggregator: 'Write aggregation.',
  percentiles: 'Write quantiles.',
  labels: 'Write labelNames.',
  labelnames: 'Write labelNames.',
  registers: 'Declare it on its registry instead: registry.counter({ … }).',
  register: 'Pass the registry as the first argument.',
  enableExemplars: 'Leave it out: exemplars are passed along with a value.',
  pruneAgedBuckets: 'Leave it out: the window always slides.',
  compressCount: 'Leave it out: memory is bounded as it is.',
  eventLoopMonitoringPrecision: 'Write eventLoopResolutionMilliseconds.',
}

/**
 * @param owner What the options are of, as the message names it.
 * @throws {TypeError} when they are no object, or have a key that is not known.
 */
export function checkKeys(owner: string, options: unknown, known: readonly string[]): void {
  if (options === null || typeof options !== 'object' || Array.isArray(options)) {
    throw new TypeError(`${owner} was given ${quote(options)} for its options. Pass an object like { ${known.slice(0, 2).join(', ')} }.`)
  }
  const unknown = Object.keys(options).find((key) => !known.includes(key))
  if (unknown === undefined) return
  const mend = Object.hasOwn(ELSEWHERE, unknown) ? ELSEWHERE[unknown] : `There are ${known.join(', ')}.`
  throw new TypeError(`${owner} has the option ${quote(unknown)}, which is not known. ${mend}`)
}

/** @throws {TypeError} when `registry` is none: people pass options where prom-client has them. */
export function checkRegistry(call: string, registry: unknown): void {
  const isOne = typeof registry === 'object' && registry !== null && 'counter' in registry && typeof registry.counter === 'function'
  if (!isOne)
    throw new TypeError(`${call} was given ${quote(registry)} for its registry. Pass the registry first: ${call}(registry, { … }).`)
}
