/** Messages judged before they are believed: a channel brings what anybody sends. Undefined for everything that is not as it should be. */
import { FAMILY_KINDS, type FamilyKind } from '../names.ts'
import { GAUGE_AGGREGATIONS } from '../series/family.ts'
import { findNativeFault } from '../snapshot/check-native.ts'
import { type Farewell, isOurs, type Order, type Report, type WireChanges, type WireFamily } from './wire.ts'

export function readReport(message: unknown): Report | Farewell | undefined {
  if (!isOurs(message)) return undefined
  if (message.type === 'bye') return message as Farewell
  const { type, epoch, sequence, families, gone, changes, answers } = message as Partial<Record<keyof Report, unknown>>
  const isReport =
    type === 'report' &&
    isCount(epoch) &&
    isCount(sequence) &&
    isCount(answers) &&
    isListOf(gone, isCount) &&
    isListOf(families, isFamily) &&
    isListOf(changes, isChanges)
  return isReport ? (message as unknown as Report) : undefined
}

export function readOrder(message: unknown): Order | undefined {
  if (!isOurs(message)) return undefined
  const { type, number, epoch, sequence } = message as { type: unknown; number?: unknown; epoch?: unknown; sequence?: unknown }
  const isOrder = type === 'resync' || (type === 'ask' && isCount(number)) || (type === 'ack' && isCount(epoch) && isCount(sequence))
  return isOrder ? (message as Order) : undefined
}

const AGGREGATIONS: readonly unknown[] = [null, ...GAUGE_AGGREGATIONS]

/** Names and bounds are judged where the family is defined. */
function isFamily(value: unknown): value is WireFamily {
  if (typeof value !== 'object' || value === null) return false
  const { id, kind, name, help, unit, labelNames, bounds, aggregation, native } = value as Partial<Record<keyof WireFamily, unknown>>
  return (
    isCount(id) &&
    FAMILY_KINDS.includes(kind as FamilyKind) &&
    typeof name === 'string' &&
    typeof help === 'string' &&
    (unit === null || typeof unit === 'string') &&
    isListOf(labelNames, isText) &&
    isListOf(bounds, Number.isFinite) &&
    AGGREGATIONS.includes(aggregation) &&
    (native === false || (native === true && kind === 'histogram'))
  )
}

/** Whether there are as many values as series, and native buckets hold what they count, is judged where the kind is known. */
function isChanges(value: unknown): value is WireChanges {
  if (typeof value !== 'object' || value === null) return false
  const { family, removed, defined, series, values, natives, exemplars } = value as Partial<Record<keyof WireChanges, unknown>>
  return (
    isCount(family) &&
    isListOf(removed, isCount) &&
    isListOf(series, isCount) &&
    isListOf(values, isWireNumber) &&
    isListOf(natives, (one) => findNativeFault(one) === undefined) &&
    isListOf(defined, (one) => {
      if (!Array.isArray(one)) return false
      const [id, created, ...labels] = one as unknown[]
      return isCount(id) && (created === null || Number.isFinite(created)) && labels.every((text) => text === null || isText(text))
    }) &&
    isListOf(exemplars, (one) => {
      if (!Array.isArray(one)) return false
      const [id, place, number, timestamp, ...labels] = one as unknown[]
      return isCount(id) && isCount(place) && isWireNumber(number) && Number.isFinite(timestamp) && labels.every(isText)
    })
  )
}

/** Of series and the like; they index arrays, so a large one would be paid for in memory. */
const MAX_COUNT = 2 ** 48

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < MAX_COUNT
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isWireNumber(value: unknown): boolean {
  return typeof value === 'number' || value === 'NaN' || value === 'Infinity' || value === '-Infinity'
}

function isListOf(value: unknown, judge: (one: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every((one) => judge(one))
}
