/** Text with escapes: label values, names in quotes, HELP. */
import { BACKSLASH, type Cursor, QUOTE } from './cursor.ts'
import { excerpt } from './error.ts'

/** Which escapes a text may hold, by the character after the backslash. */
export interface Escapes {
  readonly known: ReadonlyMap<string, string>
  /** The known ones as a message lists them. */
  readonly listed: string
  /** Whether a backslash before anything else is only a backslash, as the grammar of OpenMetrics has it. */
  readonly othersStay: boolean
}

const QUOTED = new Map([
  ['\\', '\\'],
  ['"', '"'],
  ['n', '\n'],
])
export const TEXT_ESCAPES: Escapes = { known: QUOTED, listed: '\\\\, \\" and \\n', othersStay: false }
/** HELP has no quotes around it, so a quote needs no escape, and Prometheus before 2.54 refuses one. */
export const TEXT_HELP_ESCAPES: Escapes = {
  known: new Map([...QUOTED].filter(([character]) => character !== '"')),
  listed: '\\\\ and \\n',
  othersStay: false,
}
export const OPENMETRICS_ESCAPES: Escapes = { known: QUOTED, listed: '\\\\, \\" and \\n', othersStay: true }

/** So many are joined at once: one string that is a tree of millions would take more memory than its text. */
const PIECES = 4096

/** Reads from the quote at the cursor to its partner. @param subject What it is, as a message names it. */
export function readQuoted(cursor: Cursor, escapes: Escapes, subject: string): string {
  const { body, lineEnd, at: open } = cursor
  let escaped = false
  for (let at = open + 1; at < lineEnd; at += 1) {
    const code = body.charCodeAt(at)
    if (code === QUOTE) {
      cursor.at = at + 1
      return escaped ? unescape(cursor, open + 1, at, escapes) : body.slice(open + 1, at)
    }
    if (code === BACKSLASH) {
      escaped = true
      at += 1
    }
  }
  throw cursor.fault(
    open,
    `${excerpt(body.slice(open, lineEnd))} is ${subject} without a closing quote on its line. Close it, and write a line feed in it as \\n.`,
  )
}

/** The meaning of the text from `start` to `end`. Linear in time and memory, even of nothing but escapes. */
export function unescape(cursor: Cursor, start: number, end: number, escapes: Escapes): string {
  const raw = cursor.body.slice(start, end)
  let text = ''
  let pieces: string[] = []
  let done = 0
  for (let at = raw.indexOf('\\'); at !== -1; at = raw.indexOf('\\', done)) {
    const character = raw.charAt(at + 1)
    const meaning = escapes.known.get(character) ?? (escapes.othersStay && character !== '' ? `\\${character}` : undefined)
    if (meaning === undefined) {
      throw cursor.fault(
        start + at,
        `${excerpt(raw.slice(at, at + 2))} is no escape: there are ${escapes.listed}. Write a backslash itself as \\\\.`,
      )
    }
    pieces.push(raw.slice(done, at), meaning)
    if (pieces.length === PIECES) {
      text += pieces.join('')
      pieces = []
    }
    done = at + 2
  }
  return text + pieces.join('') + raw.slice(done)
}
