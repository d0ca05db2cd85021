/** How the numbers of many workers become one: a segment of series at a time. */
import type { GaugeAggregation } from '../series/family.ts'
import { SEGMENT_SIZE } from '../series/segment.ts'
import { type ColumnPiece, MISSING } from './column.ts'

/**
 * Writes the sum of all pieces into `out`. What is missing is zero. Floating-point addition in a fixed order grows with each of its terms,
 * so that the sum of counters never shrinks while no worker comes or goes.
 */
export function addUp(out: Float64Array, pieces: readonly ColumnPiece[]): void {
  out.fill(0)
  for (const { values } of pieces) for (let at = 0; at < out.length; at += 1) out[at] = (out[at] as number) + (values[at] as number)
}

/** Writes one number per series into `out`, from the workers that have it. NaN of one is NaN of all, unless the first counts. */
export function combine(rule: GaugeAggregation, out: Float64Array, pieces: readonly ColumnPiece[]): void {
  const step = STEPS[rule]
  for (let index = 0; index < SEGMENT_SIZE; index += 1) {
    let result = 0
    let count = 0
    for (const { values, states } of pieces) {
      if (states[index] === MISSING) continue
      const value = values[index] as number
      result = count === 0 ? value : step(result, value)
      count += 1
    }
    out[index] = rule === 'average' && count > 0 ? result / count : result
  }
}

const add = (one: number, other: number): number => one + other
const keep = (one: number): number => one

const STEPS = {
  sum: add,
  average: add,
  min: Math.min,
  max: Math.max,
  first: keep,
  // Each series is of one worker alone.
  'per-worker': keep,
} as const satisfies Record<GaugeAggregation, (one: number, other: number) => number>
