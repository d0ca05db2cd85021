/** A family while its lines are read: its head, the names of its samples, and the points so far. */
import { excerpt } from './error.ts'
import type { FamilyType, ParsedFamily, ParsedSample } from './model.ts'
import { type Point, ROLE, type Role } from './point.ts'

type Suffixes = readonly (readonly [suffix: string, role: Role])[]

const PLAIN: Suffixes = [['', ROLE.value]]
const TOTALS: Suffixes = [
  ['_sum', ROLE.sum],
  ['_count', ROLE.count],
]
const CREATED: Suffixes = [['_created', ROLE.created]]

/** The samples of each type in text 0.0.4 and 1.0.0. */
export const TEXT_TYPES: ReadonlyMap<string, Suffixes> = new Map<FamilyType, Suffixes>([
  ['counter', PLAIN],
  ['gauge', PLAIN],
  ['histogram', [['_bucket', ROLE.bucket], ...TOTALS]],
  ['summary', [['', ROLE.quantile], ...TOTALS]],
  ['untyped', PLAIN],
])

/** The samples of each type in OpenMetrics 1.0 ("Suffixes"). */
export const OPENMETRICS_TYPES: ReadonlyMap<string, Suffixes> = new Map<FamilyType, Suffixes>([
  ['counter', [['_total', ROLE.total], ...CREATED]],
  ['gauge', PLAIN],
  ['histogram', [['_bucket', ROLE.bucket], ...TOTALS, ...CREATED]],
  [
    'gaugehistogram',
    [
      ['_bucket', ROLE.bucket],
      ['_gsum', ROLE.sum],
      ['_gcount', ROLE.count],
    ],
  ],
  ['stateset', [['', ROLE.state]]],
  ['info', [['_info', ROLE.value]]],
  ['summary', [['', ROLE.quantile], ...TOTALS, ...CREATED]],
  ['unknown', PLAIN],
])

const POINT_LABELS: ReadonlyMap<FamilyType, string> = new Map([
  ['histogram', 'le'],
  ['gaugehistogram', 'le'],
  ['summary', 'quantile'],
])

export class OpenFamily {
  readonly name: string
  /** Offset and line of its first line. */
  readonly at: number
  readonly line: number
  type: FamilyType | undefined = undefined
  help: string | undefined = undefined
  unit: string | undefined = undefined
  unitAt = 0
  /** Which of HELP, TYPE and UNIT there were. */
  readonly keywords: Set<string> = new Set()
  readonly samples: ParsedSample[] = []
  /** By label set, the line of its first sample; what has many samples in text is in {@link points} instead. */
  readonly starts: Map<string, number> = new Map()
  readonly points: Map<string, Point> = new Map()
  /** The label set and the point of the last sample. */
  lastKey: string | undefined = undefined
  point: Point | undefined = undefined
  /** The label that tells the samples of one point apart. */
  pointLabel: string | undefined = undefined
  /** By sample name; empty until the type is certain, which it is with the first sample. */
  roles: ReadonlyMap<string, Role> = new Map()

  constructor(name: string, at: number, line: number) {
    this.name = name
    this.at = at
    this.line = line
  }

  /** From here on the type is what it is. @param types One of the tables above. */
  settle(types: ReadonlyMap<string, Suffixes>, untyped: FamilyType): void {
    this.type ??= untyped
    this.roles = new Map(types.get(this.type)?.map(([suffix, role]) => [this.name + suffix, role]))
    this.pointLabel = this.type === 'stateset' ? this.name : POINT_LABELS.get(this.type)
  }

  /** `"a", "b" and "c"`. */
  get sampleNames(): string {
    const names = Array.from(this.roles.keys(), excerpt)
    return names.length === 1 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
  }

  toParsed(): ParsedFamily {
    const { name, type = 'unknown', help, unit, samples } = this
    return { name, type, help, unit, samples }
  }
}
