/** What the rooms of `runtime` share: a registry under a prefix that remembers what was put into it and what must be stopped. */
import type { Counter, CounterOptions } from '../instruments/counter.ts'
import type { Gauge, GaugeOptions } from '../instruments/gauge.ts'
import type { Histogram, HistogramOptions } from '../instruments/histogram.ts'
import type { Registry } from '../registry.ts'

/** Ends in `stop`, which takes back all that was done through it. */
export class RuntimeScope {
  readonly #registry: Registry
  readonly #prefix: string
  readonly #undo: (() => void)[] = []

  constructor(registry: Registry, prefix: string) {
    this.#registry = registry
    this.#prefix = prefix
  }

  counter(options: CounterOptions<never>): Counter {
    const name = this.#prefix + options.name
    return this.#remember(name, this.#registry.counter({ ...options, name }))
  }

  gauge<const L extends string = never>(options: GaugeOptions<L>): Gauge<L> {
    const name = this.#prefix + options.name
    return this.#remember(name, this.#registry.gauge<L>({ ...options, name }))
  }

  histogram<const L extends string = never>(options: HistogramOptions<L>): Histogram<L> {
    const name = this.#prefix + options.name
    return this.#remember(name, this.#registry.histogram<L>({ ...options, name }))
  }

  /** `undo` runs once, when the scope stops. */
  onStop(undo: () => void): void {
    this.#undo.push(undo)
  }

  stop(): void {
    for (const undo of this.#undo.splice(0)) undo()
  }

  /** Called after the registration, so that a name refused because another owns it is not taken from that other. */
  #remember<I>(name: string, instrument: I): I {
    this.onStop(() => void this.#registry.unregister(name))
    return instrument
  }
}
