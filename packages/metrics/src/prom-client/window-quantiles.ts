/** The quantiles of one series, as prom-client asks for them: any percentiles, and zero while there is nothing to tell of. */
import { SlidingQuantiles } from '../distributions/sliding-quantiles.ts'
import { type CompiledSummary, compileSummary } from '../distributions/summary-options.ts'
import type { QuantileSource } from '../series/family.ts'

export interface Window {
  readonly compiled: CompiledSummary
  /** For each percentile asked for, its place among the compiled ones. */
  readonly places: readonly number[]
}

/** Compiled beside those asked for, so that an empty window can be told from one that nothing is asked of. */
const PROBE = 0.5
const MAX_AGE_BUCKETS = 100

/** @param maxAgeSeconds Without it, or without `ageBuckets`, observations count for good. */
export function compileWindow(percentiles: readonly number[], maxAgeSeconds: number | undefined, ageBuckets: number | undefined): Window {
  // What lies beyond the greatest or before the least is that one, as in prom-client.
  const wanted = percentiles.map((percentile) => Math.min(1, Math.max(0, percentile || 0)))
  const quantiles = [...new Set([PROBE, ...wanted])]
  const window =
    maxAgeSeconds && ageBuckets
      ? { maxAgeSeconds, ageBuckets: Math.min(MAX_AGE_BUCKETS, Math.max(1, Math.round(ageBuckets))) }
      : { maxAgeSeconds: Infinity }
  const compiled = compileSummary('The summary', { quantiles, ...window })
  return { compiled, places: wanted.map((quantile) => quantiles.indexOf(quantile)) }
}

export class WindowQuantiles implements QuantileSource {
  readonly #window: Window
  readonly #quantiles: SlidingQuantiles

  constructor(window: Window, nowMilliseconds: number) {
    this.#window = window
    this.#quantiles = new SlidingQuantiles(window.compiled, nowMilliseconds)
  }

  get sum(): number {
    return this.#quantiles.sum
  }

  get count(): number {
    return this.#quantiles.count
  }

  observe(value: number, nowMilliseconds: number): void {
    this.#quantiles.observe(value, nowMilliseconds)
  }

  /** Zero, as in prom-client, when nothing was observed within the window. */
  quantiles(nowMilliseconds: number): Float64Array {
    const values = this.#quantiles.quantiles(nowMilliseconds)
    return Float64Array.from(this.#window.places, (place) => values[place] || 0)
  }

  /** Whether nothing was observed within the window. */
  isEmpty(nowMilliseconds: number): boolean {
    return Number.isNaN(this.#quantiles.quantiles(nowMilliseconds)[0])
  }

  reset(nowMilliseconds: number): void {
    this.#quantiles.reset(nowMilliseconds)
  }
}
