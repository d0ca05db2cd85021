/** A registry as one would write it without a thought for speed: maps of texts, rendered from nothing each time. */

export interface Plan {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly name: string
  readonly labelNames: readonly string[]
  readonly buckets?: readonly number[]
  readonly expireAfterSeconds?: number
}

interface Series {
  readonly labels: readonly string[]
  /** The number of a counter or gauge, the sum of a histogram. */
  value: number
  readonly observed: number[]
  touched: boolean
}

export class ModelFamily {
  readonly plan: Plan
  readonly series = new Map<string, Series>()

  constructor(plan: Plan) {
    this.plan = plan
    if (plan.labelNames.length === 0) this.touch([])
  }

  touch(given: readonly string[]): Series {
    const labels = given.map((text) => text.replace(/\p{Surrogate}/gu, '\ufffd'))
    const key = JSON.stringify(labels)
    const series = this.series.get(key) ?? { labels, value: 0, observed: [], touched: true }
    this.series.set(key, series)
    series.touched = true
    return series
  }

  add(labels: readonly string[], value: number): void {
    const series = this.touch(labels)
    series.value += value
    series.observed.push(value)
  }

  removeWhere(matches: (labels: readonly string[]) => boolean): number {
    const gone = [...this.series].filter(([, { labels }]) => matches(labels))
    for (const [key] of gone) this.series.delete(key)
    return gone.length
  }

  clear(): void {
    this.series.clear()
    if (this.plan.labelNames.length === 0) this.touch([])
  }

  /** A look after more than the whole time: whoever was not written to since the look before goes. */
  expire(): void {
    if (this.plan.expireAfterSeconds === undefined || this.plan.labelNames.length === 0) return
    for (const [key, series] of this.series) {
      if (!series.touched) this.series.delete(key)
      series.touched = false
    }
  }

  head(syntax: 'text' | 'openmetrics'): string {
    const { kind, name } = this.plan
    if (syntax === 'text') return `# HELP ${name} H.\n# TYPE ${name} ${kind}\n`
    const family = name.replace(/_total$/, '')
    return `# TYPE ${family} ${kind}\n# HELP ${family} H.\n`
  }

  /** The lines of each series, in the order of their appearance. */
  blocks(syntax: 'text' | 'openmetrics'): string[] {
    const { kind, name, labelNames, buckets = [] } = this.plan
    return Array.from(this.series.values(), ({ labels, value, observed }) => {
      const pairs = labelNames.map((label, at) => `${label}="${escape(labels[at] ?? '')}"`)
      const line = (suffix: string, number: number, ...more: string[]): string => {
        const all = [...pairs, ...more].join(',')
        return `${name}${suffix}${all === '' ? '' : `{${all}}`} ${spell(number)}\n`
      }
      if (kind !== 'histogram') return line('', value)
      const bound = (limit: number): string => (syntax === 'text' || !Number.isInteger(limit) ? String(limit) : `${limit}.0`)
      const lines = buckets.map((limit) => line('_bucket', observed.filter((one) => one <= limit).length, `le="${bound(limit)}"`))
      lines.push(line('_bucket', observed.length, 'le="+Inf"'))
      if (syntax === 'text' || value >= 0) lines.push(line('_sum', value), line('_count', observed.length))
      return lines.join('')
    })
  }
}

const escape = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
const spell = (value: number): string => (value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : String(value))
