/** One sample line of either format, without regard to its family. */
import { isExemplarTooLong, MAX_EXEMPLAR_CHARACTERS } from '../exposition/exemplar-length.ts'
import { type Cursor, HASH, LF, OPEN_BRACE, SPACE } from './cursor.ts'
import { excerpt } from './error.ts'
import type { ParsedExemplar, ParsedSample } from './model.ts'
import { readGap, readMilliseconds, readSeconds, readValue } from './numbers.ts'
import { readBraces, readSeries, type Series, type Syntax } from './series.ts'

/** Where the parts of the last sample are, for the rules that come after. One object, written anew by each {@link readSample}. */
export interface Spot {
  series: Series
  nameAt: number
  /** Just behind the name and labels. */
  seriesEnd: number
  valueAt: number
  timestampAt: number
  /** As on the line; empty without one. */
  timestampText: string
  exemplarAt: number
}

const NO_SERIES: Series = { name: '', labels: new Map(), at: 0, lastAt: 0, end: 0, ordered: 0 }

export const createSpot = (): Spot => ({
  series: NO_SERIES,
  nameAt: 0,
  seriesEnd: 0,
  valueAt: 0,
  timestampAt: 0,
  timestampText: '',
  exemplarAt: 0,
})

export function readSample(cursor: Cursor, syntax: Syntax, spot: Spot): ParsedSample {
  spot.nameAt = cursor.at
  const series = readSeries(cursor, syntax)
  spot.series = series
  spot.seriesEnd = cursor.at
  readGap(cursor, syntax, 'the value of the sample')
  spot.valueAt = cursor.at
  const value = readValue(cursor)
  const { openMetrics } = syntax
  const stamp = openMetrics ? readOwnSeconds(cursor) : readMilliseconds(cursor)
  spot.timestampAt = stamp?.at ?? 0
  spot.timestampText = stamp?.text ?? ''
  const exemplar = openMetrics && cursor.peek() !== LF ? readExemplar(cursor, syntax, spot) : undefined
  return { name: series.name, labels: series.labels, value, timestamp: stamp?.value, exemplar, line: cursor.line }
}

/** The timestamp of the sample itself, which an exemplar may follow or stand in for. */
function readOwnSeconds(cursor: Cursor): ReturnType<typeof readSeconds> | undefined {
  if (cursor.peek() === LF || (cursor.peek() === SPACE && cursor.body.charCodeAt(cursor.at + 1) === HASH)) return undefined
  return readSeconds(cursor, 'a timestamp')
}

/** Reads ` # {labels} value` and perhaps ` timestamp`, up to the end of the line. */
function readExemplar(cursor: Cursor, syntax: Syntax, spot: Spot): ParsedExemplar {
  readGap(cursor, syntax, 'an exemplar')
  spot.exemplarAt = cursor.at
  if (cursor.peek() !== HASH) {
    throw cursor.fault(
      cursor.at,
      `${cursor.found(cursor.at)} where the line should end, or an exemplar start. Write it like # {trace_id="abc"} 0.67.`,
    )
  }
  cursor.at += 1
  readGap(cursor, syntax, 'the labels of the exemplar')
  const labelsAt = cursor.at
  if (cursor.peek() !== OPEN_BRACE) {
    throw cursor.fault(labelsAt, `${cursor.found(labelsAt)} where the labels of the exemplar should. Write {} when it has none.`)
  }
  const { labels } = readBraces(cursor, syntax, 'the exemplar')
  if (isExemplarTooLong(labels)) {
    const read = excerpt(cursor.body.slice(labelsAt, cursor.at))
    throw cursor.fault(
      labelsAt,
      `${read} has over ${MAX_EXEMPLAR_CHARACTERS} characters of names and values, all that an exemplar may have. Shorten it.`,
    )
  }
  readGap(cursor, syntax, 'the value of the exemplar')
  const value = readValue(cursor)
  const stamp = cursor.peek() === LF ? undefined : readSeconds(cursor, 'a timestamp of an exemplar')
  if (cursor.peek() === LF) return { labels, value, timestamp: stamp?.value }
  throw cursor.fault(cursor.at, `${cursor.found(cursor.at)} after the exemplar, where the line should end. Remove it.`)
}
