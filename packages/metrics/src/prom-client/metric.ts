/** What all metrics of the drop-in have in common. */

import { PROMETHEUS_CONTENT_TYPE } from './content-types.ts'
import type { MetricSeries } from './metric-series.ts'
import { globalRegistry, type Registry } from './registry.ts'
import type { MetricData, Sample } from './sample.ts'
import { isThenable, setSource } from './source.ts'
import { type AnyLabels, isObject, labelsOfArguments, validateLabel, validateLabelName, validateMetricName } from './validation.ts'
import { MetricViews } from './views.ts'

/**
 * Configuration becomes properties, unknown keys included, as in prom-client: `collect` may be set or replaced later, and so may `help`.
 * Subclasses write to their series; what they have in common is here.
 */
export abstract class Metric {
  declare name: string
  declare help: string
  declare type: string
  declare labelNames: readonly string[]
  declare registers: readonly Registry[]
  declare aggregator: string
  declare enableExemplars: boolean
  declare collect: ((this: this) => unknown) | undefined
  readonly #series: MetricSeries

  constructor(config: unknown, defaults: object, type: string, createSeries: (metric: never) => MetricSeries) {
    if (!isObject(config)) throw new TypeError('constructor expected a config object')
    Object.assign(this, { labelNames: [], registers: [globalRegistry], aggregator: 'sum', enableExemplars: false }, defaults, config)
    // For `registers: undefined`, which has just replaced the default.
    this.registers ||= [globalRegistry]
    if (!this.help) throw new Error('Missing mandatory help parameter')
    if (!this.name) throw new Error('Missing mandatory name parameter')
    if (!validateMetricName(this.name)) throw new Error('Invalid metric name')
    this.labelNames ??= []
    if (!validateLabelName(this.labelNames)) throw new Error('Invalid label name')
    // The caller's array may change, and what is in it then nobody has checked.
    this.labelNames = [...this.labelNames]
    if (this.collect && typeof this.collect !== 'function') throw new Error('Optional "collect" parameter must be a function')
    this.type = type
    this.#series = createSeries(this as never)
    const { get, getForPromString } = this as { get: unknown; getForPromString?: unknown }
    const views = new MetricViews(this.#series)
    setSource(this, { series: this.#series, views, get, getForPromString, prepare: () => this.prepare() })
    for (const register of this.registers) {
      if (this.enableExemplars && register.contentType === PROMETHEUS_CONTENT_TYPE) {
        throw new TypeError('Exemplars are supported only on OpenMetrics registries')
      }
    }
    for (const register of this.registers) register.registerMetric(this)
  }

  protected get series(): MetricSeries {
    return this.#series
  }

  async get(): Promise<MetricData> {
    await this.prepare()
    return this.describe((slot) => this.samplesOf(slot))
  }

  /** Ends the series with exactly these labels, given as an object or one by one. @throws {Error} for other labels than the declared. */
  remove(...args: unknown[]): void {
    const labels = labelsOfArguments(this.labelNames, args)
    validateLabel(this.labelNames, labels)
    this.#series.remove(labels)
  }

  /** As prom-client resets this kind. */
  abstract reset(): void

  /** The values of one series, in the order of the exposition. */
  protected abstract samplesOf(slot: number): Sample[]

  /** Brings up to date what changes by itself. */
  protected refresh(): void {}

  protected describe(samplesOf: (slot: number) => Sample[]): MetricData {
    const { name, help, type, aggregator } = this
    const values: Sample[] = []
    for (const slot of this.#series.slots()) values.push(...samplesOf(slot))
    // The order of the properties is prom-client's too: tests compare JSON as text.
    if (type === 'counter' || type === 'gauge') return { help, name, type, values, aggregator }
    return { name, help, type, values, aggregator }
  }

  protected labelsOf(args: readonly unknown[]): AnyLabels {
    const labels = labelsOfArguments(this.labelNames, args)
    validateLabel(this.labelNames, labels)
    return labels
  }

  /** `collect` is called at once, so that all metrics of a scrape begin together. */
  protected prepare(): Promise<void> | undefined {
    const collecting = this.collect?.()
    if (!isThenable(collecting)) {
      this.refresh()
      return undefined
    }
    return collecting.then(() => this.refresh())
  }
}
