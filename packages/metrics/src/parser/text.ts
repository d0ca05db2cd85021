/** Prometheus text 0.0.4 and 1.0.0 (prometheus.io/docs/instrumenting/exposition_formats). */
import { Cursor, HASH, LF } from './cursor.ts'
import { excerpt } from './error.ts'
import { Families } from './families.ts'
import { type OpenFamily, TEXT_TYPES } from './family.ts'
import type { FamilyType, ParsedExposition, TextOptions } from './model.ts'
import { TEXT_ESCAPES, TEXT_HELP_ESCAPES, unescape } from './quoted.ts'
import { createSpot, readSample } from './sample.ts'
import { readMetricName, type Syntax } from './series.ts'

/** Types of OpenMetrics, and what stands for them here. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ['unknown', 'Write untyped.'],
  ['info', 'Write gauge, and a name in _info.'],
  ['stateset', 'Write gauge.'],
  ['gaugehistogram', 'Write histogram.'],
])

/**
 * Reads a whole body of text 0.0.4 or 1.0.0 and refuses all that the format forbids, as well as what Prometheus itself refuses.
 * Cost: linear in the body.
 * @throws {ExpositionSyntaxError} at the first fault; nothing else, whatever the body.
 */
export function parseText(body: string, { quotedNames = true }: TextOptions = {}): ParsedExposition {
  const syntax: Syntax = { openMetrics: false, quotedNames, canonicalNumbers: false, escapes: TEXT_ESCAPES }
  const cursor = new Cursor(body)
  const families = new Families(cursor, syntax)
  const spot = createSpot()
  while (cursor.nextLine()) {
    if (!cursor.terminated) {
      throw cursor.fault(
        cursor.lineEnd,
        `${excerpt(body.slice(cursor.lineStart))} is a line without its end: the body may have been cut off. End it with \\n.`,
      )
    }
    cursor.skipBlanks()
    const code = cursor.peek()
    if (code === HASH) readComment(cursor, syntax, families)
    else if (code !== LF) families.add(readSample(cursor, syntax, spot), spot)
  }
  return families.end()
}

/** A `#` and whatever blanks, then HELP, TYPE, or anything else, which is for people alone. */
function readComment(cursor: Cursor, syntax: Syntax, families: Families): void {
  const start = cursor.at
  cursor.at += 1
  cursor.skipBlanks()
  const keyword = cursor.readWord()
  if (keyword !== 'HELP' && keyword !== 'TYPE') return
  cursor.skipBlanks()
  const name = readMetricName(cursor, syntax)
  const nameEnd = cursor.at
  cursor.skipBlanks()
  if (cursor.at === nameEnd && cursor.peek() !== LF) {
    throw cursor.fault(
      nameEnd,
      `${cursor.found(nameEnd)} directly behind the name ${excerpt(name)}. Write a blank there, or a name of letters, digits, "_" and ":".`,
    )
  }
  const family = families.describe(name, keyword, start)
  if (keyword === 'HELP') readHelp(cursor, family)
  else readType(cursor, family)
}

function readHelp(cursor: Cursor, family: OpenFamily): void {
  family.help = unescape(cursor, cursor.at, cursor.lineEnd, TEXT_HELP_ESCAPES)
}

function readType(cursor: Cursor, family: OpenFamily): void {
  const type = cursor.body.slice(cursor.at, cursor.lineEnd)
  // Blanks behind it are part of it for Prometheus too.
  if (!TEXT_TYPES.has(type)) {
    const advice = ADVICE.get(type) ?? 'Write counter, gauge, histogram, summary or untyped, and end the line there.'
    throw cursor.fault(cursor.at, `${excerpt(type)} is not a type of the text formats. ${advice}`)
  }
  family.type = type as FamilyType
}
