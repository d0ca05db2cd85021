/** The right half of a sample: values and timestamps, and the blanks before them. */
import { type Cursor, HASH, LF, SPACE, TAB } from './cursor.ts'
import { excerpt } from './error.ts'
import { floatReason, readFloat } from './float.ts'
import type { Syntax } from './series.ts'

/** Integers of up to so many digits are exact, and read without making a string of them. */
const FAST_DIGITS = 15
const NO_DIGIT = /\D/
const NO_ZERO = /[^0]/
const MAX_INT64 = 9223372036854775807n

export interface Timestamp {
  readonly at: number
  /** As on the line, because two nanoseconds may be one double. */
  readonly text: string
  readonly value: number
}

/** Passes what stands before `next`: exactly one space in OpenMetrics, any blanks or none in text. */
export function readGap(cursor: Cursor, { openMetrics }: Syntax, next: string): void {
  if (!openMetrics) cursor.skipBlanks()
  else if (cursor.peek() !== LF) readSpace(cursor, next)
  if (cursor.peek() === LF) throw cursor.fault(cursor.at, `The line ends where ${next} should stand. Write it there.`)
}

function readSpace(cursor: Cursor, next: string): void {
  if (cursor.peek() !== SPACE)
    throw cursor.fault(cursor.at, `${cursor.found(cursor.at)} where a space and ${next} should. Write one space there.`)
  cursor.at += 1
  const code = cursor.peek()
  if (code !== SPACE && code !== TAB) return
  throw cursor.fault(
    cursor.at,
    `${cursor.found(cursor.at)} where ${next} should: OpenMetrics has one space between parts. Remove the blank.`,
  )
}

export function readValue(cursor: Cursor): number {
  const { body, at: start, lineEnd } = cursor
  const fastEnd = Math.min(lineEnd, start + FAST_DIGITS)
  let value = 0
  let at = start
  for (; at < fastEnd; at += 1) {
    const digit = body.charCodeAt(at) - 48
    if (digit < 0 || digit > 9) break
    value = value * 10 + digit
  }
  const code = at < lineEnd ? body.charCodeAt(at) : LF
  if (at > start && (code === LF || code === SPACE || code === TAB)) {
    cursor.at = at
    return value
  }
  const word = cursor.readWord()
  const slow = readFloat(word)
  if (slow === undefined) throw cursor.fault(start, floatReason(word) + carriageReturnHint(word))
  return slow
}

/** The timestamp of text, which is the last thing on its line, or undefined at the end of the line. */
export function readMilliseconds(cursor: Cursor): Timestamp | undefined {
  cursor.skipBlanks()
  if (cursor.peek() === LF) return undefined
  const at = cursor.at
  const text = cursor.readWord()
  if (NO_DIGIT.test(text)) throw cursor.fault(at, millisecondsReason(text))
  if (!isInt64(text)) throw cursor.fault(at, `${excerpt(text)} is a timestamp beyond 64 bits. Write milliseconds since the Unix epoch.`)
  cursor.skipBlanks()
  const code = cursor.peek()
  if (code === LF) return { at, text, value: Number(text) }
  throw cursor.fault(cursor.at, `${cursor.found(cursor.at)} after the timestamp, where the line should end. ${remedy(code === HASH)}`)
}

/** The timestamp of OpenMetrics at the space before it. @param subject What it is, as a message names it. */
export function readSeconds(cursor: Cursor, subject: string): Timestamp {
  readSpace(cursor, subject)
  const at = cursor.at
  if (cursor.peek() === LF) throw cursor.fault(at - 1, 'A blank ends the line, and OpenMetrics has blanks only between parts. Remove it.')
  const text = cursor.readWord()
  const value = readFloat(text)
  if (value !== undefined && Number.isFinite(value)) return { at, text, value }
  throw cursor.fault(
    at,
    `${excerpt(text)} is not ${subject}. Write seconds since the Unix epoch, like 1520879607.789, and nothing after the value when there is none.${carriageReturnHint(text)}`,
  )
}

function millisecondsReason(text: string): string {
  const read = excerpt(text)
  if (text.startsWith('#')) return `${read} stands after the value, where a timestamp or the end of the line should. ${remedy(true)}`
  if (text.startsWith('-') && !NO_DIGIT.test(text.slice(1)))
    return `${read} is a negative timestamp, and the lexer of Prometheus takes digits alone. Leave it out.`
  return `${read} is not a timestamp. Write whole milliseconds since the Unix epoch, in digits alone, or nothing.${carriageReturnHint(text)}`
}

const remedy = (isExemplar: boolean): string => (isExemplar ? 'Remove the exemplar: only OpenMetrics has them.' : 'Remove it.')

/** The likeliest reason of all for a number that looks like one. */
const carriageReturnHint = (word: string): string => (word.endsWith('\r') ? ' Lines end with \\n alone, not with \\r\\n.' : '')

/** Bounded before it becomes a BigInt, whose reading is not linear. */
function isInt64(digits: string): boolean {
  const first = digits.search(NO_ZERO)
  const significant = first === -1 ? '' : digits.slice(first)
  return significant.length < 19 || (significant.length === 19 && BigInt(significant) <= MAX_INT64)
}
