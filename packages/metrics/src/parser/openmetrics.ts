/** OpenMetrics 1.0 text (github.com/prometheus/OpenMetrics, specification/OpenMetrics.md). */
import { BACKSLASH, Cursor, HASH, QUOTE, SPACE } from './cursor.ts'
import { excerpt } from './error.ts'
import { Families, type Keyword } from './families.ts'
import { OPENMETRICS_TYPES, type OpenFamily } from './family.ts'
import type { FamilyType, OpenMetricsOptions, ParsedExposition } from './model.ts'
import { OPENMETRICS_ESCAPES, unescape } from './quoted.ts'
import { createSpot, readSample } from './sample.ts'
import { readMetricName, type Syntax } from './series.ts'

const END = '# EOF'
const HEAD = /^# (HELP|TYPE|UNIT) /
/** Longer than any head, so that looking for one never copies a long line. */
const HEAD_UNITS = 8
const NO_UNIT = /[^a-zA-Z0-9_:]/

/**
 * Reads a whole body of OpenMetrics 1.0 and refuses all that the specification says must not be, but for names that begin with an
 * underscore: its grammar has them, its prose reserves them for standards to come, and escaping makes them of names in other alphabets.
 * Cost: linear in the body.
 * @throws {ExpositionSyntaxError} at the first fault; nothing else, whatever the body.
 */
export function parseOpenMetrics(
  body: string,
  { quotedNames = true, canonicalNumbers = false }: OpenMetricsOptions = {},
): ParsedExposition {
  const syntax: Syntax = { openMetrics: true, quotedNames, canonicalNumbers, escapes: OPENMETRICS_ESCAPES }
  const cursor = new Cursor(body)
  const families = new Families(cursor, syntax)
  const spot = createSpot()
  while (cursor.nextLine()) {
    if (isEnd(cursor)) {
      if (!cursor.nextLine()) return families.end()
      throw cursor.fault(cursor.at, `${cursor.found(cursor.at)} after "${END}", which ends the body. Remove it, or write it before.`)
    }
    // A line that was cut off is not worth a reading: what it lacks is its end.
    if (!cursor.terminated) break
    if (cursor.peek() === HASH) readDescriptor(cursor, syntax, families)
    else if (cursor.lineStart === cursor.lineEnd)
      throw cursor.fault(cursor.at, 'The line is empty, and OpenMetrics has no such lines. Remove it.')
    else families.add(readSample(cursor, syntax, spot), spot)
  }
  throw cursor.fault(body.length, `The body ends without "${END}", so it may have been cut off. Write that as its last line.`)
}

function isEnd({ body, lineStart, lineEnd }: Cursor): boolean {
  return lineEnd - lineStart === END.length && body.startsWith(END, lineStart)
}

function readDescriptor(cursor: Cursor, syntax: Syntax, families: Families): void {
  const { body, lineStart, lineEnd } = cursor
  const head = HEAD.exec(body.slice(lineStart, Math.min(lineEnd, lineStart + HEAD_UNITS)))
  if (head === null) {
    throw cursor.fault(
      lineStart,
      `${cursor.found(lineStart)} where only # TYPE, # UNIT, # HELP and ${END} may: OpenMetrics has no comments. Remove it.`,
    )
  }
  cursor.at += head[0].length
  const name = readMetricName(cursor, syntax)
  if (cursor.peek() !== SPACE) {
    throw cursor.fault(
      cursor.at,
      `${cursor.found(cursor.at)} directly behind the name ${excerpt(name)}. Write one space there, even before an empty text.`,
    )
  }
  cursor.at += 1
  const keyword = head[1] as Keyword
  const family = families.describe(name, keyword, lineStart)
  if (body.charCodeAt(lineEnd - 1) === 13) {
    throw cursor.fault(lineEnd - 1, 'A carriage return ends the line before its line feed. End lines with \\n alone, not with \\r\\n.')
  }
  if (keyword === 'TYPE') readType(cursor, family)
  else if (keyword === 'UNIT') readUnit(cursor, family)
  else readHelp(cursor, family)
}

function readType(cursor: Cursor, family: OpenFamily): void {
  const type = cursor.body.slice(cursor.at, cursor.lineEnd)
  if (!OPENMETRICS_TYPES.has(type)) {
    const advice =
      type === 'untyped'
        ? 'Write unknown.'
        : 'Write counter, gauge, histogram, gaugehistogram, summary, stateset, info or unknown, and end the line there.'
    throw cursor.fault(cursor.at, `${excerpt(type)} is not a type of OpenMetrics. ${advice}`)
  }
  family.type = type as FamilyType
}

function readUnit(cursor: Cursor, family: OpenFamily): void {
  const unit = cursor.body.slice(cursor.at, cursor.lineEnd)
  if (NO_UNIT.test(unit))
    throw cursor.fault(cursor.at, `${excerpt(unit)} is not a unit: the alphabet is letters, digits, "_" and ":". Write it like seconds.`)
  if (unit === '') return
  if (!family.name.endsWith(`_${unit}`)) {
    throw cursor.fault(
      cursor.at,
      `${excerpt(unit)} is not the end of the name ${excerpt(family.name)}. Rename it to ${excerpt(`${family.name}_${unit}`)}, or remove the UNIT.`,
    )
  }
  family.unit = unit
  family.unitAt = cursor.at
}

function readHelp(cursor: Cursor, family: OpenFamily): void {
  const { body, at, lineEnd } = cursor
  for (let here = at; here < lineEnd; here += 1) {
    const code = body.charCodeAt(here)
    if (code === QUOTE) throw cursor.fault(here, 'A quote stands in HELP without a backslash before it. Write it as \\".')
    if (code === BACKSLASH) here += 1
  }
  if (at < lineEnd) family.help = unescape(cursor, at, lineEnd, OPENMETRICS_ESCAPES)
}
