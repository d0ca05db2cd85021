/** The left half of a sample: a metric name and labels, in either format and either order. */
import { CLOSE_BRACE, COMMA, type Cursor, EQUALS, OPEN_BRACE, QUOTE } from './cursor.ts'
import { excerpt } from './error.ts'
import { type Escapes, readQuoted } from './quoted.ts'

/** What the two formats read differently. */
export interface Syntax {
  readonly openMetrics: boolean
  readonly quotedNames: boolean
  readonly canonicalNumbers: boolean
  /** Of label values and names in quotes. */
  readonly escapes: Escapes
}

export interface Series {
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  /** Offsets of the first label, the last one, and the end of the last. */
  readonly at: number
  readonly lastAt: number
  readonly end: number
  /** How many labels, from the first one on, stand in the order of their names; -1 when the text has other spellings of the same. */
  readonly ordered: number
}

/** Shared by all samples without labels; nobody writes to it. */
const NO_LABELS: ReadonlyMap<string, string> = new Map()

/** Reads `name`, `name{labels}` or `{"name",labels}`. */
export function readSeries(cursor: Cursor, syntax: Syntax): Series {
  const start = cursor.at
  const name = cursor.readNameAgain(0)
  if (name === '' && cursor.peek() !== OPEN_BRACE) throw cursor.fault(start, nameReason(cursor, start))
  if (!syntax.openMetrics) cursor.skipBlanks()
  if (cursor.peek() !== OPEN_BRACE) return { name, labels: NO_LABELS, at: 0, lastAt: 0, end: 0, ordered: 0 }
  const inside = readBraces(cursor, syntax, name)
  if (inside.name !== '') return inside
  throw cursor.fault(
    start,
    `${cursor.found(start)} where a metric name should, and it is not the first thing in the braces. Write it like {"my.metric",label="value"}.`,
  )
}

/** Reads from `{` to `}`. @param before The metric name already read; when empty, one in quotes may come first. */
export function readBraces(cursor: Cursor, syntax: Syntax, before: string): Series {
  let name = before
  const labels = new Map<string, string>()
  cursor.at += 1
  const first = cursor.at
  let lastAt = first
  let end = first
  let ordered = 0
  let lastName = ''
  while (!atClosingBrace(cursor, syntax)) {
    const at = cursor.at
    const quoted = cursor.peek() === QUOTE
    const label = quoted ? readQuotedName(cursor, syntax) : cursor.readNameAgain(labels.size + 1)
    if (!syntax.openMetrics) cursor.skipBlanks()
    if (cursor.peek() !== EQUALS && quoted && name === '' && labels.size === 0) {
      name = label
    } else {
      const follows = at === (labels.size === 0 ? first : end + 1)
      const plain = readLabel(cursor, syntax, labels, label, at)
      if (!follows || !plain) ordered = -1
      else if (ordered === labels.size - 1 && label > lastName) ordered += 1
      lastName = label
      lastAt = at
      end = cursor.at
    }
    if (!readComma(cursor, syntax)) break
  }
  cursor.at += 1
  return { name, labels, at: first, lastAt, end, ordered }
}

/** A name after HELP, TYPE or UNIT. */
export function readMetricName(cursor: Cursor, syntax: Syntax): string {
  const start = cursor.at
  const name = cursor.peek() === QUOTE ? readQuotedName(cursor, syntax) : cursor.readName(true)
  if (name === '') throw cursor.fault(start, nameReason(cursor, start))
  return name
}

function readQuotedName(cursor: Cursor, syntax: Syntax): string {
  const start = cursor.at
  if (!syntax.quotedNames) {
    throw cursor.fault(
      start,
      `${cursor.found(start)} where a name should, and names in quotes are not of this version. Write it without quotes.`,
    )
  }
  const name = readQuoted(cursor, syntax.escapes, 'a name')
  if (name === '') throw cursor.fault(start, '"" is an empty name. Write at least one character between the quotes.')
  return name
}

/** True when the label is written in the one way that most write it: no blanks, escapes or quotes around its name, and a value. */
function readLabel(cursor: Cursor, syntax: Syntax, labels: Map<string, string>, name: string, at: number): boolean {
  if (name === '') {
    throw cursor.fault(
      at,
      `${cursor.found(at)} where a label name should: letters, digits and "_", no digit first. Write it like code="200".`,
    )
  }
  if (cursor.peek() !== EQUALS) {
    throw cursor.fault(cursor.at, `${cursor.found(cursor.at)} after ${excerpt(name)} where "=" should. Write labels like code="200".`)
  }
  if (name === '__name__') throw cursor.fault(at, '"__name__" is the label of the metric name itself. Write the name before the braces.')
  if (labels.has(name)) throw cursor.fault(at, `${excerpt(name)} is a label that this series already has. Write it once.`)
  cursor.at += 1
  if (!syntax.openMetrics) cursor.skipBlanks()
  if (cursor.peek() !== QUOTE) {
    throw cursor.fault(cursor.at, `${cursor.found(cursor.at)} where the value of ${excerpt(name)} should. Write it in double quotes.`)
  }
  const valueAt = cursor.at
  const value = readQuoted(cursor, syntax.escapes, 'a label value')
  labels.set(name, value)
  return value !== '' && valueAt - at === name.length + 1 && cursor.at - valueAt === value.length + 2
}

/** Text may end its labels with a comma, OpenMetrics only an empty set without one. */
function atClosingBrace(cursor: Cursor, syntax: Syntax): boolean {
  if (!syntax.openMetrics) cursor.skipBlanks()
  if (cursor.peek() !== CLOSE_BRACE) return false
  if (!syntax.openMetrics || cursor.body.charCodeAt(cursor.at - 1) !== COMMA) return true
  throw cursor.fault(cursor.at - 1, '"," is the last thing in the braces: OpenMetrics wants a label after it. Remove it.')
}

/** False at the brace that ends the labels. */
function readComma(cursor: Cursor, syntax: Syntax): boolean {
  if (!syntax.openMetrics) cursor.skipBlanks()
  const code = cursor.peek()
  if (code === CLOSE_BRACE) return false
  if (code !== COMMA) throw cursor.fault(cursor.at, `${cursor.found(cursor.at)} after a label where "," or "}" should.`)
  cursor.at += 1
  return true
}

function nameReason(cursor: Cursor, at: number): string {
  return `${cursor.found(at)} where a metric name should: letters, digits, "_" and ":", no digit first. Write it like http_requests_total.`
}
