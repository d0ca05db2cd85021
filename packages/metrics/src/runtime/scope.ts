/** What the rooms of `runtime` share: a registry under a prefix that remembers what was put into it and what must be stopped. */
import type { Counter, CounterOptions } from '../instruments/counter.ts'
import type { Gauge, GaugeOptions } from '../instruments/gauge.ts'
import type { Histogram, HistogramOptions } from '../instruments/histogram.ts'
import { createRegistry, type Registry } from '../registry.ts'

/** Ends in `stop`, which takes back all that was done through it. */
export class RuntimeScope {
  readonly #registry: Registry
  readonly #prefix: string
  readonly #isChosen: (name: string) => boolean
  readonly #undo: (() => void)[] = []
  /** Where those go that nobody chose: they are written to together with others, and never seen. */
  readonly #unseen = createRegistry()

  /** @param isChosen Whether a metric, named without the prefix, is shown. */
  constructor(registry: Registry, prefix: string, isChosen: (name: string) => boolean = () => true) {
    this.#registry = registry
    this.#prefix = prefix
    this.#isChosen = isChosen
  }

  /** Whether at least one of these is shown; what feeds none of them need not run. */
  wants(names: readonly string[]): boolean {
    return names.some(this.#isChosen)
  }

  counter<const L extends string = never>(options: CounterOptions<L>): Counter<L> {
    const name = this.#prefix + options.name
    return this.#isChosen(options.name)
      ? this.#remember(name, this.#registry.counter<L>({ ...options, name }))
      : this.#unseen.counter<L>(options)
  }

  gauge<const L extends string = never>(options: GaugeOptions<L>): Gauge<L> {
    const name = this.#prefix + options.name
    return this.#isChosen(options.name)
      ? this.#remember(name, this.#registry.gauge<L>({ ...options, name }))
      : this.#unseen.gauge<L>(options)
  }

  histogram<const L extends string = never>(options: HistogramOptions<L>): Histogram<L> {
    const name = this.#prefix + options.name
    return this.#isChosen(options.name)
      ? this.#remember(name, this.#registry.histogram<L>({ ...options, name }))
      : this.#unseen.histogram<L>(options)
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
