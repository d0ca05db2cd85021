/** What a reporter and a collector say to each other: plain values that survive JSON, which is how node:cluster sends by default. */
import type { FamilyKind } from '../names.ts'
import type { GaugeAggregation } from '../series/family.ts'
import type { NativeBuckets } from '../snapshot/check-native.ts'

/** Every message of ours has it, and the version of this format: others send through the same channels. */
export const MARK = '@postern/metrics/1'

/** JSON has neither NaN nor the infinities. A finite number survives it bit by bit, but for the sign of zero. */
export type WireNumber = number | 'NaN' | 'Infinity' | '-Infinity'

export interface WireFamily {
  /** Of this family, in this epoch. */
  readonly id: number
  readonly kind: FamilyKind
  readonly name: string
  readonly help: string
  readonly unit: string | null
  readonly labelNames: readonly string[]
  readonly bounds: readonly number[]
  readonly aggregation: GaugeAggregation | null
  /** Of a histogram: whether it has native buckets beside the fixed ones. */
  readonly native: boolean
}

/** A series that is new, or another one under a number used before: its birth in Unix milliseconds, and its labels as texts. */
export type WireSeries = readonly [series: number, created: number | null, ...labels: (string | null)[]]

/** `place` is the bucket. Labels are names and values in turn. */
export type WireExemplar = readonly [series: number, place: number, value: WireNumber, timestamp: number, ...labels: string[]]

/** What has changed in one family. */
export interface WireChanges {
  readonly family: number
  readonly removed: readonly number[]
  readonly defined: readonly WireSeries[]
  readonly series: readonly number[]
  /** As many per series as the kind has: one; of a histogram each bucket and the sum; of a summary the sum and the count. */
  readonly values: readonly WireNumber[]
  /** Of a family with native buckets, one for each of `series`; their count and sum are among the values. */
  readonly natives: readonly NativeBuckets[]
  readonly exemplars: readonly WireExemplar[]
}

/** A part of a report. */
export interface Report {
  readonly postern: typeof MARK
  readonly type: 'report'
  /** Within it, series and families are told once and then go by their numbers. */
  readonly epoch: number
  /** Counts the parts of an epoch from zero; the report that begins with zero tells everything. */
  readonly sequence: number
  readonly families: readonly WireFamily[]
  readonly gone: readonly number[]
  readonly changes: readonly WireChanges[]
  /** Whether the report is complete with this part. */
  readonly last: boolean
  /** The number of the latest ask heard before the values were read; zero when there was none. */
  readonly answers: number
}

/** A reporter that will report no more. */
export interface Farewell {
  readonly postern: typeof MARK
  readonly type: 'bye'
}

/** From a collector: report now; this part has arrived and all before it; tell everything anew. */
export type Order =
  | { readonly postern: typeof MARK; readonly type: 'ask'; readonly number: number }
  | { readonly postern: typeof MARK; readonly type: 'ack'; readonly epoch: number; readonly sequence: number }
  | { readonly postern: typeof MARK; readonly type: 'resync' }

export function toWire(value: number): WireNumber {
  return Number.isFinite(value) ? value : (String(value) as WireNumber)
}

export function fromWire(value: WireNumber): number {
  return typeof value === 'number' ? value : Number(value)
}

/** Whether a message is of this format at all; the rest of it is yet to be judged. */
export function isOurs(message: unknown): message is { readonly type: unknown } {
  return typeof message === 'object' && message !== null && 'postern' in message && message.postern === MARK
}
