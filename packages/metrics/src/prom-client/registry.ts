/** Registries of the drop-in: metrics by name, default labels that may change at any time, and one string as the exposition. */
import { escapeLabelValue } from '../exposition/escape.ts'
import { counterBaseName } from '../names.ts'
import type { LabelPair } from '../series/labels.ts'
import { CollectErrors } from './collect-errors.ts'
import { OPENMETRICS_CONTENT_TYPE, PROMETHEUS_CONTENT_TYPE } from './content-types.ts'
import { type Exposed, ExposedNames, warnOnce } from './exposed-names.ts'
import { renderSections, type Section } from './render-sections.ts'
import type { MetricData, MetricLike } from './sample.ts'
import { formatMetric } from './sample-text.ts'
import { isThenable, type MetricSource, sourceOf } from './source.ts'
import type { OpenMetricsContentType, PrometheusContentType, RegistryContentType } from './types.ts'
import { checkLabelName, checkMetricName, textOf } from './validation.ts'

export class Registry {
  static get PROMETHEUS_CONTENT_TYPE(): PrometheusContentType {
    return PROMETHEUS_CONTENT_TYPE
  }

  static get OPENMETRICS_CONTENT_TYPE(): OpenMetricsContentType {
    return OPENMETRICS_CONTENT_TYPE
  }

  /** Assigned below, once the class is there. */
  declare static globalRegistry: Registry

  /** By name. Programs read it, and delete from it. */
  _metrics: Record<string, MetricLike> = {}
  /** The caller's own object: what is changed in it later is shown. */
  _defaultLabels: Readonly<Record<string, unknown>> = {}
  _contentType: RegistryContentType
  readonly #collectErrors = new CollectErrors()

  /** @throws {TypeError} for any other type than the two. */
  constructor(contentType: RegistryContentType = PROMETHEUS_CONTENT_TYPE) {
    if (!isSupported(contentType)) throw new TypeError(`Content type ${contentType as string} is unsupported`)
    this._contentType = contentType
  }

  /**
   * Shows the metrics of several registries as they are then and later, without the default labels of those.
   * @throws {Error} when their content types differ or two metrics have the same name.
   */
  static merge(registers: readonly Registry[]): Registry {
    const contentType = (registers[0] as Registry).contentType
    if (registers.some((register) => register.contentType !== contentType)) {
      throw new Error('Registers can only be merged if they have the same content type')
    }
    const merged = new Registry(contentType)
    for (const register of registers) for (const metric of register.getMetricsAsArray()) merged.registerMetric(metric)
    return merged
  }

  get contentType(): RegistryContentType {
    return this._contentType
  }

  /** @throws {Error} for any other type than the two. */
  setContentType(contentType: RegistryContentType): void {
    if (!isSupported(contentType)) throw new Error(`Content type ${contentType as string} is unsupported`)
    this._contentType = contentType
  }

  getMetricsAsArray(): MetricLike[] {
    return Object.values(this._metrics)
  }

  getSingleMetric(name: string): MetricLike | undefined {
    return Object.hasOwn(this._metrics, name) ? this._metrics[name] : undefined
  }

  /** @throws {Error} when another metric has the name. */
  registerMetric(metric: MetricLike): void {
    const known = this.getSingleMetric(metric.name)
    if (known !== undefined && known !== metric) throw new Error(`A metric with the name ${metric.name} has already been registered.`)
    // Defined, not assigned: `__proto__` is a metric name like any other.
    Object.defineProperty(this._metrics, metric.name, { value: metric, writable: true, enumerable: true, configurable: true })
  }

  removeSingleMetric(name: string): void {
    const metric = this.getSingleMetric(name)
    if (metric !== undefined) sourceOf(metric)?.views.dispose()
    delete this._metrics[name]
  }

  /** @throws {TypeError} for a malformed name; one that is put into the object later fails the scrape. */
  setDefaultLabels(labels: Readonly<Record<string, unknown>>): void {
    for (const name of Object.keys(labels)) checkLabelName(name)
    this._defaultLabels = labels
  }

  resetMetrics(): void {
    for (const metric of [...this.getMetricsAsArray(), this.#collectErrors]) metric.reset()
  }

  /** Takes out all metrics, and the default labels. */
  clear(): void {
    for (const metric of this.getMetricsAsArray()) sourceOf(metric)?.views.dispose()
    this._metrics = {}
    this._defaultLabels = {}
    this.#collectErrors.reset()
  }

  /**
   * The exposition, of one moment after every `collect` has ended. A `collect` that throws or rejects costs its own metric only, and so
   * does a name that another metric has in the format of the registry; both are counted in `postern_metrics_collect_errors_total`.
   */
  async metrics(): Promise<string> {
    const isOpenMetrics = this.#isOpenMetrics
    const settled = await this.#settle((metric) => this.#sectionOf(metric, isOpenMetrics))
    const sections = await this.#withoutClashes(settled, isOpenMetrics)
    if (isOpenMetrics) return `${await renderSections(sections, '')}# EOF\n`
    return (await renderSections(sections, '\n')) || '\n'
  }

  /** All values as plain data, the caller's to keep and change. */
  async getMetricsAsJSON(): Promise<MetricData[]> {
    const defaults = Object.entries(this._defaultLabels)
    const settled = await this.#settle((metric) => metric.get())
    const described = settled.flatMap(({ result }) => (result === FAILED ? [] : [result]))
    if (this.#tellsErrors) described.push(this.#collectErrors.get())
    if (defaults.length === 0) return described
    return described.map((data) => {
      if (!data.values) return data
      return { ...data, values: data.values.map((sample) => ({ ...sample, labels: withDefaults(sample.labels, defaults) })) }
    })
  }

  /** The text of one metric, registered or not; without a line feed at its end. */
  async getMetricsAsString(metric: MetricLike): Promise<string> {
    const { section } = await this.#sectionOf(metric, this.#isOpenMetrics)
    const text = await renderSections([section], '')
    return text.slice(0, -1)
  }

  getSingleMetricAsString(name: string): Promise<string> {
    return this.getMetricsAsString(this.getSingleMetric(name) as MetricLike)
  }

  get #isOpenMetrics(): boolean {
    return this._contentType === OPENMETRICS_CONTENT_TYPE
  }

  /** Whether there are failures to tell of, and the program has no metric of that name. */
  get #tellsErrors(): boolean {
    return !this.#collectErrors.isSilent && this.getSingleMetric(this.#collectErrors.name) === undefined
  }

  /** Starts all before any is waited for. Those that fail are counted. */
  async #settle<T>(start: (metric: MetricLike) => T | Promise<T>): Promise<Settled<T>[]> {
    const started = this.getMetricsAsArray().map((metric) => [metric, this.#attempt(metric, start)] as const)
    const settled: Settled<T>[] = []
    // Only what has to be waited for is: a scrape without asynchronous collects is done within the same turn.
    for (const [metric, result] of started) settled.push({ metric, result: isThenable(result) ? await result : result })
    return settled
  }

  /** Those whose names no metric before them has, and the count of failures. A metric that has failed keeps its names nevertheless. */
  async #withoutClashes(settled: readonly Settled<Shown>[], isOpenMetrics: boolean): Promise<Section[]> {
    const names = new ExposedNames(isOpenMetrics)
    const sections: Section[] = []
    for (const { metric, result } of settled) {
      const clash = names.claim(result === FAILED ? registeredAs(metric) : result)
      if (result === FAILED) continue
      if (clash === undefined) sections.push(result.section)
      else {
        this.#collectErrors.count(metric.name)
        warnOnce(clash)
      }
    }
    if (!this.#tellsErrors) return sections
    const errors = await this.#foreignSection(this.#collectErrors, isOpenMetrics)
    return names.claim(errors) === undefined ? [...sections, errors.section] : sections
  }

  #attempt<T>(metric: MetricLike, start: (metric: MetricLike) => T | Promise<T>): T | typeof FAILED | Promise<T | typeof FAILED> {
    const fail = (): typeof FAILED => {
      this.#collectErrors.count(metric.name)
      return FAILED
    }
    try {
      const result = start(metric)
      return isThenable(result) ? result.catch(fail) : result
    } catch {
      return fail()
    }
  }

  #sectionOf(metric: MetricLike, isOpenMetrics: boolean): Shown | Promise<Shown> {
    const source = sourceOf(metric)
    if (source === undefined || this.#clashes(source)) return this.#foreignSection(metric, isOpenMetrics)
    const preparing = source.prepare()
    return preparing === undefined
      ? this.#ownSection(metric, source, isOpenMetrics)
      : preparing.then(() => this.#ownSection(metric, source, isOpenMetrics))
  }

  /** By way of plain data. */
  async #foreignSection(metric: MetricLike, isOpenMetrics: boolean): Promise<Shown> {
    const data = await (typeof metric.getForPromString === 'function' ? metric.getForPromString() : metric.get())
    const { text, sampleNames } = formatMetric(data, { isOpenMetrics, defaultLabels: this._defaultLabels })
    return { section: text, name: data.name, type: data.type, sampleNames }
  }

  #ownSection({ name, help }: MetricLike, { series, views }: MetricSource, isOpenMetrics: boolean): Shown {
    const { kind } = series.shape
    checkMetricName(isOpenMetrics && kind === 'counter' ? counterBaseName(name) : name)
    const constantLabels: LabelPair[] = []
    for (const [label, value] of Object.entries(this._defaultLabels)) {
      checkLabelName(label)
      // That of each line: with two labels of one name the scrape would fail.
      if (label !== OWN_LABEL[kind]) constantLabels.push([label, escapeLabelValue(textOf(value))])
    }
    return { section: { series, views, options: { name, help: textOf(help), isOpenMetrics, constantLabels } }, name, type: kind }
  }

  /** Whether a series may have a default label of its own: each line is another case then. */
  #clashes({ series }: MetricSource): boolean {
    return Object.keys(this._defaultLabels).some((label) => series.store.labelNames.includes(label))
  }
}

/** What a kind writes into its lines by itself. */
const OWN_LABEL = { histogram: 'le', summary: 'quantile', counter: undefined, gauge: undefined } as const

const FAILED: unique symbol = Symbol('failed')

interface Settled<T> {
  readonly metric: MetricLike
  readonly result: T | typeof FAILED
}

interface Shown extends Exposed {
  readonly section: Section
}

/** What a metric that has not answered would be shown as; those of others need not have a name. */
function registeredAs({ name, type }: MetricLike): Exposed {
  return { name: textOf(name), type: textOf(type) }
}

function isSupported(contentType: unknown): boolean {
  return contentType === PROMETHEUS_CONTENT_TYPE || contentType === OPENMETRICS_CONTENT_TYPE
}

function withDefaults(labels: Record<string, unknown>, defaults: readonly [string, unknown][]): Record<string, unknown> {
  const all = { ...labels }
  for (const [name, value] of defaults) if (all[name] === undefined) all[name] = value
  return all
}

/** The registry that metrics are in unless they say otherwise. */
export const globalRegistry: Registry = new Registry()
Registry.globalRegistry = globalRegistry
