/** A family: a name, a help text, a kind, and the series under it. What instruments write to and expositions read from. */
import { checkLabelNames, checkMetricName, type FamilyKind, quote } from '../names.ts'
import { renderLabels } from './labels.ts'
import { SeriesStore } from './store.ts'

export interface Family {
  readonly kind: FamilyKind
  /** As registered: a counter's `_total` is kept or absent as the user wrote it. */
  readonly name: string
  readonly help: string
  readonly store: SeriesStore
  /** Upper bounds, ascending, without +Inf; empty unless `kind` is `histogram`. */
  readonly bounds: Float64Array
}

/** What every instrument is declared with. */
export interface FamilyOptions<L extends string> {
  readonly name: string
  /** One sentence for whoever finds the name in a dashboard. */
  readonly help: string
  /** A label is a dimension with few values: each combination that occurs is a series that stays in memory. */
  readonly labelNames?: readonly L[]
}

/**
 * Checks a declaration and makes its empty family.
 * @param defaults Labels added to every series; one that the family declares itself gives way.
 * @throws {TypeError} when the name, the help or a label name cannot be used.
 */
export function defineFamily(
  kind: FamilyKind,
  options: FamilyOptions<string>,
  defaults: ReadonlyMap<string, string>,
  bounds: Float64Array = new Float64Array(0),
): Family {
  const { name, help, labelNames = [] } = options
  checkMetricName(kind, name)
  const owner = `${titles[kind]} "${name}"`
  if (typeof help !== 'string' || help.trim() === '') {
    throw new TypeError(`${owner} has the help ${quote(help)}, which explains nothing. Write one sentence.`)
  }
  checkLabelNames(owner, labelNames)
  const constantLabels = renderLabels([...defaults].filter(([label]) => !labelNames.includes(label)))
  // Of a histogram's series: a number per bucket, one for +Inf, one for the sum.
  const stride = kind === 'histogram' ? bounds.length + 2 : 1
  const store = new SeriesStore({ owner, labelNames: [...labelNames], constantLabels, stride })
  return { kind, name, help, store, bounds }
}

const titles = { counter: 'Counter', gauge: 'Gauge', histogram: 'Histogram' } as const satisfies Record<FamilyKind, string>
