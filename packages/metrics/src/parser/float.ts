/** Numbers as Prometheus reads them: Go's `strconv.ParseFloat` without `_` and hexadecimal, which is also the grammar of OpenMetrics. */
import { excerpt } from './error.ts'

const PLUS = 43
const MINUS = 45
const POINT = 46
const ZERO = 48
const NINE = 57
const LETTER_E = 101
/** The bit that tells `e` from `E`. */
const LOWER_CASE = 32
const INFINITE = /^([+-]?)inf(?:inity)?$/i
const NOT_A_NUMBER = /^nan$/i
const HEXADECIMAL = /^[+-]?0x/i

/** Undefined when `text` is no number, or beyond the range of a double: Prometheus refuses that as well. */
export function readFloat(text: string): number | undefined {
  if (isReal(text)) {
    const value = Number(text)
    return Number.isFinite(value) ? value : undefined
  }
  const infinite = INFINITE.exec(text)
  if (infinite !== null) return infinite[1] === '-' ? -Infinity : Infinity
  return NOT_A_NUMBER.test(text) ? Number.NaN : undefined
}

/** Why {@link readFloat} has no number for `text`, and what to write instead. */
export function floatReason(text: string): string {
  const read = excerpt(text)
  if (isReal(text)) return `${read} is beyond the largest double. Write +Inf or -Inf, or at most 1.7976931348623157e+308.`
  if (text.includes('_')) return `${read} is not a number: Prometheus takes no "_" between digits. Write it like 1000.`
  if (HEXADECIMAL.test(text)) return `${read} is not a number: Prometheus takes no hexadecimal. Write it in decimal, like 0.25.`
  return `${read} is not a number. Write it like 1, 0.5, 1e-05, +Inf or NaN.`
}

/**
 * `12`, `1.`, `.5` or `1e-05`, with or without a sign. A loop, because a regular expression keeps a way back for each character, and
 * of a line of 100 MB runs out of memory for them.
 */
function isReal(text: string): boolean {
  const start = skipSign(text, 0)
  const point = skipDigits(text, start)
  const fraction = text.charCodeAt(point) === POINT ? point + 1 : point
  const mark = skipDigits(text, fraction)
  if (point === start && mark === fraction) return false
  if ((text.charCodeAt(mark) | LOWER_CASE) !== LETTER_E) return mark === text.length
  const exponent = skipSign(text, mark + 1)
  return exponent < text.length && skipDigits(text, exponent) === text.length
}

function skipSign(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code === PLUS || code === MINUS ? at + 1 : at
}

function skipDigits(text: string, from: number): number {
  let at = from
  for (let code = text.charCodeAt(at); code >= ZERO && code <= NINE; code = text.charCodeAt(at)) at += 1
  return at
}
