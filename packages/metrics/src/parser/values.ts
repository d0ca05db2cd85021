/** What OpenMetrics asks of single samples: values by their role, and exemplars by their place. */
import { excerpt } from './error.ts'
import { ROLE, type Role } from './point.ts'
import type { Reading } from './reading.ts'

const GROWING = ROLE.total | ROLE.bucket | ROLE.sum | ROLE.count
const COUNTING = ROLE.bucket | ROLE.count
const WITH_EXEMPLAR = ROLE.total | ROLE.bucket

export function checkValue({ cursor, family, role, sample, spot }: Reading): void {
  const { value } = sample
  const reason = growingReason(role, value, family.type === 'gaugehistogram') ?? otherReason(role, value, family.type)
  if (reason === undefined) return
  const written = cursor.body.slice(spot.valueAt, cursor.lineEnd).split(' ', 1).join()
  throw cursor.fault(spot.valueAt, `${excerpt(written)} cannot be the value of ${excerpt(sample.name)}: ${reason}`)
}

function growingReason(role: Role, value: number, isGauge: boolean): string | undefined {
  if ((role & GROWING) === 0) return undefined
  if (Number.isNaN(value)) return 'it counts, and NaN is no count. Write a number.'
  // Whether the sum of a gauge histogram may be negative depends on its buckets.
  if (value < 0 && !(isGauge && role === ROLE.sum)) return 'it counts from 0 upwards. Write 0 or more, or make it a gauge.'
  if ((role & COUNTING) !== 0 && !Number.isInteger(value)) return 'it counts events. Write a whole number.'
  return undefined
}

function otherReason(role: Role, value: number, type: string | undefined): string | undefined {
  if (role === ROLE.created && !Number.isFinite(value)) return 'it is a time. Write seconds since the Unix epoch.'
  if (role === ROLE.quantile && value < 0) return 'quantiles are not negative. Write 0 or more, or NaN when there were no events.'
  if (role === ROLE.state && value !== 0 && value !== 1) return 'a state is on or off. Write 1 or 0.'
  if (type === 'info' && value !== 1) return 'an info says all in its labels. Write 1.'
  return undefined
}

export function checkExemplarPlace({ cursor, role, sample, spot }: Reading): void {
  if (sample.exemplar === undefined || (role & WITH_EXEMPLAR) !== 0) return
  throw cursor.fault(
    spot.exemplarAt,
    `${excerpt(sample.name)} has an exemplar, which only the totals of counters and buckets may have. Remove it.`,
  )
}
