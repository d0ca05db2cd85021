/** A place in a body, and the smallest steps from it. Nothing here looks at a character twice, or beyond the current line. */
import { type ExpositionSyntaxError, excerpt, faultAt } from './error.ts'

export const TAB = 9
export const LF = 10
export const SPACE = 32
export const QUOTE = 34
export const HASH = 35
export const COMMA = 44
export const COLON = 58
export const EQUALS = 61
export const BACKSLASH = 92
export const OPEN_BRACE = 123
export const CLOSE_BRACE = 125

const LETTER = 1
const DIGIT = 2
const CLASSES = new Uint8Array(128)
for (let code = 0; code < CLASSES.length; code += 1) {
  const character = String.fromCharCode(code)
  if (/[a-zA-Z_]/.test(character)) CLASSES[code] = LETTER
  if (/[0-9]/.test(character)) CLASSES[code] = DIGIT
}

/** Of so many names per line the last are kept. */
const RECENT = 32

const isNameCode = (code: number): boolean => code === COLON || (CLASSES[code] ?? 0) !== 0

/** In `u` mode only surrogates without a partner match. */
const LONE_SURROGATE = /\p{Surrogate}/u

export class Cursor {
  readonly body: string
  /** The next character, an offset in code units. */
  at = 0
  /** 1-based; 0 before the first {@link nextLine}. */
  line = 0
  lineStart = 0
  /** The LF that ends the line, or the end of a body that was cut off. */
  lineEnd = -1
  private readonly recent: string[] = []

  /** @throws {ExpositionSyntaxError} when `body` has half a character, which no UTF-8 can have meant, or starts with a byte order mark. */
  constructor(body: string) {
    this.body = body
    const half = body.search(LONE_SURROGATE)
    if (half !== -1) {
      throw this.fault(
        half,
        `${excerpt(body.charAt(half))} is half a character: it has no UTF-8 form. Write the whole character, or U+FFFD.`,
      )
    }
    if (body.startsWith('\ufeff')) throw this.fault(0, 'The body starts with a byte order mark (U+FEFF). Send it without.')
  }

  /** Goes to the start of the next line; false when there is none. */
  nextLine(): boolean {
    const start = this.lineEnd + 1
    if (start >= this.body.length) return false
    const end = this.body.indexOf('\n', start)
    this.lineStart = start
    this.lineEnd = end === -1 ? this.body.length : end
    this.at = start
    this.line += 1
    return true
  }

  /** False on a last line without its LF. */
  get terminated(): boolean {
    return this.lineEnd < this.body.length
  }

  /** The next character; LF at the end of the line. */
  peek(): number {
    return this.at < this.lineEnd ? this.body.charCodeAt(this.at) : LF
  }

  skipBlanks(): void {
    for (let code = this.peek(); code === SPACE || code === TAB; code = this.peek()) this.at += 1
  }

  /** Reads letters, digits, `_` and, when `colons`, `:`; the empty string when a name cannot start here. */
  readName(colons: boolean): string {
    const { body, lineEnd } = this
    const start = this.at
    let at = start
    for (; at < lineEnd; at += 1) {
      const code = body.charCodeAt(at)
      const kind = CLASSES[code]
      if (kind === LETTER || (kind === DIGIT && at > start) || (colons && code === COLON)) continue
      break
    }
    this.at = at
    return body.slice(start, at)
  }

  /**
   * A name that is as likely as not that of the line before, and is then the same string: it needs no room of its own, and its hash
   * is known. @param slot 0 for the metric name, then the labels by their number.
   */
  readNameAgain(slot: number): string {
    const { body, at, recent } = this
    const last = recent[slot]
    if (last !== undefined && last !== '' && body.startsWith(last, at) && !isNameCode(body.charCodeAt(at + last.length))) {
      this.at = at + last.length
      return last
    }
    const name = this.readName(slot === 0)
    if (slot < RECENT) recent[slot] = name
    return name
  }

  /** The characters from here to the next space, tab or line end, which is where the cursor then is. */
  readWord(): string {
    const { body, lineEnd } = this
    const start = this.at
    let at = start
    for (; at < lineEnd; at += 1) {
      const code = body.charCodeAt(at)
      if (code === SPACE || code === TAB) break
    }
    this.at = at
    return body.slice(start, at)
  }

  /** The rest of the line as a message may show it. */
  found(at: number): string {
    return at >= this.lineEnd ? 'The line ends' : `${excerpt(this.body.slice(at, this.lineEnd))} stands`
  }

  fault(at: number, reason: string): ExpositionSyntaxError {
    return faultAt(this.body, at, reason)
  }
}
