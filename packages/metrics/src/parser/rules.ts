/** What a sample may be in its family: which point it is of, whether it may be there again, and what its neighbours demand of it. */
import { checkBucket, checkQuantile, checkState } from './bounds.ts'
import { excerpt } from './error.ts'
import { labelKey } from './label-key.ts'
import { Point, ROLE, type Role } from './point.ts'
import { checkPointEnd } from './point-end.ts'
import { type Reading, secondSample, seriesText } from './reading.ts'
import { checkExemplarPlace, checkValue } from './values.ts'

/** Roles that a sample shares with others of its point, told apart by a label. */
const LABELLED = ROLE.bucket | ROLE.quantile | ROLE.state
/** An empty label counts as absent. */
const NO_MARK = ''
/** So many digits a double keeps apart; beyond them two times may be one number. */
const EXACT_DIGITS = 15

export function checkSample(reading: Reading): void {
  const { cursor, syntax, family, sample, spot } = reading
  if (syntax.openMetrics) {
    checkValue(reading)
    checkExemplarPlace(reading)
  }
  const mark = readMark(reading)
  const key = labelKey(cursor.body, spot.series, mark === NO_MARK ? undefined : family.pointLabel)
  if (syntax.openMetrics || family.pointLabel !== undefined) {
    addToPoint(reading, syntax.openMetrics ? pointInTime(reading, key) : pointOfLabels(reading, key), mark)
    return
  }
  // A point of one sample: there is nothing to remember of it but that it was.
  const first = family.starts.get(key)
  if (first !== undefined) throw secondSample(reading, first)
  family.starts.set(key, sample.line)
}

function addToPoint(reading: Reading, point: Point, mark: string): void {
  const { role, sample, spot } = reading
  if (role === ROLE.bucket) checkBucket(reading, point, mark)
  else if (role === ROLE.quantile) checkQuantile(reading, point, mark)
  else if (role === ROLE.state) checkState(reading, point, mark)
  else if (point.has(role)) throw secondSample(reading, point.line)
  else if (role === ROLE.sum) {
    point.sum = sample.value
    point.sumAt = spot.valueAt
  } else if (role === ROLE.count) {
    point.count = sample.value
    point.countAt = spot.valueAt
  }
  point.roles |= role
}

/** The `le`, quantile or state of a sample that must have one; {@link NO_MARK} for the rest, which must not. */
function readMark(reading: Reading): string {
  const { cursor, family, role, sample, spot } = reading
  const label = family.pointLabel
  if (label === undefined) return NO_MARK
  const mark = sample.labels.get(label)
  if ((role & LABELLED) === 0) {
    if (mark === undefined) return NO_MARK
    throw cursor.fault(
      spot.nameAt,
      `${seriesText(reading)} has the label ${excerpt(label)}, which marks other samples of a ${family.type}. Remove it.`,
    )
  }
  if (mark !== undefined && mark !== NO_MARK) return mark
  throw cursor.fault(
    spot.nameAt,
    `${seriesText(reading)} has no label ${excerpt(label)}, by which samples of a ${family.type} are told apart. Write it.`,
  )
}

/** In text a label set is one point, whose samples may stand anywhere in the family. */
function pointOfLabels({ family, sample, spot }: Reading, key: string): Point {
  if (family.point !== undefined && family.lastKey === key) return family.point
  family.lastKey = key
  family.point = family.points.get(key)
  if (family.point === undefined) {
    family.point = new Point(spot.nameAt, sample.line, undefined, '')
    family.points.set(key, family.point)
  }
  return family.point
}

/** In OpenMetrics a label set may have several points, one after the other in time, and all of them together. */
function pointInTime(reading: Reading, key: string): Point {
  const { cursor, syntax, family, sample, spot } = reading
  const { point, starts } = family
  if (point !== undefined) {
    if (family.lastKey === key && !isNext(reading, point)) return point
    checkPointEnd(cursor, syntax, family, point)
  }
  if (family.lastKey !== key) {
    const first = starts.get(key)
    if (first !== undefined) {
      throw cursor.fault(
        spot.nameAt,
        `${seriesText(reading)} is of a metric that starts on line ${first} and ended before this line. Write the samples of one label set together.`,
      )
    }
    starts.set(key, sample.line)
    family.lastKey = key
  }
  family.point = new Point(spot.nameAt, sample.line, sample.timestamp, spot.timestampText)
  return family.point
}

/** Whether a sample with the labels of `point` starts a later point. */
function isNext({ cursor, role, sample, spot }: Reading, point: Point): boolean {
  const [before, now] = [point.timestamp, sample.timestamp]
  if (before === undefined && now === undefined) return false
  if (before === undefined || now === undefined) {
    throw cursor.fault(
      spot.nameAt,
      `This sample has ${now === undefined ? 'no timestamp' : 'a timestamp'}, unlike that of the same metric on line ${point.line}. Write one in all of them, or in none.`,
    )
  }
  if (now < before) {
    throw cursor.fault(
      spot.timestampAt,
      `${excerpt(spot.timestampText)} is before ${excerpt(point.timestampText)}, the time of the same metric on line ${point.line}. Write its points in order of time.`,
    )
  }
  return now > before || (spot.timestampText !== point.timestampText && spot.timestampText.length > EXACT_DIGITS && isComplete(role, point))
}

/** Whether `point` can take no sample of this role any more. */
function isComplete(role: Role, point: Point): boolean {
  return point.has(role) && (role !== ROLE.bucket || point.bound === Infinity)
}
