/** What must be there, or must not, once all samples of a point are. */
import type { Cursor } from './cursor.ts'
import { excerpt } from './error.ts'
import type { OpenFamily } from './family.ts'
import { type Point, ROLE } from './point.ts'
import type { Syntax } from './series.ts'

/** In OpenMetrics only the last point is still open; in text all of them are. */
export function checkFamilyEnd(cursor: Cursor, syntax: Syntax, family: OpenFamily): void {
  if (syntax.openMetrics && family.point !== undefined) checkPointEnd(cursor, syntax, family, family.point)
  for (const point of family.points.values()) checkPointEnd(cursor, syntax, family, point)
}

export function checkPointEnd(cursor: Cursor, syntax: Syntax, family: OpenFamily, point: Point): void {
  const { type, name } = family
  if (type === 'counter' && syntax.openMetrics && !point.has(ROLE.total)) {
    throw cursor.fault(
      point.at,
      `${excerpt(`${name}_created`)} is without its ${excerpt(`${name}_total`)}, and a counter always has one. Write it.`,
    )
  }
  if (type !== 'histogram' && type !== 'gaugehistogram') return
  checkLastBucket(cursor, name, point)
  if (syntax.openMetrics) checkTotals(cursor, name, type === 'gaugehistogram' ? 'g' : '', point)
}

/** Counts may be left out of text as well: the Python client does so when bounds are negative. */
function checkLastBucket(cursor: Cursor, name: string, point: Point): void {
  if (point.bound !== Infinity) {
    const at = point.has(ROLE.bucket) ? point.bucketAt : point.at
    throw cursor.fault(
      at,
      `${excerpt(`${name}_bucket`)} has no bucket le="+Inf" here: the last one counts all events. Write it after the others.`,
    )
  }
  if (point.has(ROLE.count) && point.count !== point.bucketValue) {
    throw cursor.fault(
      point.countAt,
      `The count of ${excerpt(name)} is ${point.count} and its bucket le="+Inf" ${point.bucketValue}. Write the same in both.`,
    )
  }
}

function checkTotals(cursor: Cursor, name: string, prefix: '' | 'g', point: Point): void {
  const [sum, count] = [excerpt(`${name}_${prefix}sum`), excerpt(`${name}_${prefix}count`)]
  if (point.has(ROLE.sum) !== point.has(ROLE.count)) {
    const [there, missing, at] = point.has(ROLE.sum) ? [sum, count, point.sumAt] : [count, sum, point.countAt]
    throw cursor.fault(at, `${there} is there without ${missing}: there is one if and only if there is the other. Write both, or none.`)
  }
  if (!point.has(ROLE.sum)) return
  if (prefix === '' && point.hasNegativeBound) {
    throw cursor.fault(point.sumAt, `${sum} is beside a bucket below zero, with which a sum can shrink. Leave out ${sum} and ${count}.`)
  }
  if (prefix === 'g' && point.sum < 0 && !point.hasNegativeBound) {
    throw cursor.fault(point.sumAt, `${sum} is ${point.sum} without a bucket below zero. Write 0 or more, or the bucket.`)
  }
}
