/** The one error of the parsers: where an exposition breaks its format, and how to mend it. */

const EXCERPT_UNITS = 40

/** Thrown for every fault of the parsed text, and for nothing else. */
export class ExpositionSyntaxError extends Error {
  override readonly name: string = 'ExpositionSyntaxError'
  /** 1-based; lines end with LF. */
  readonly line: number
  /** 1-based, in code points. One past the last character when something is missing there. */
  readonly column: number
  /** What was read, why it is wrong, what to write instead; {@link message} says the same after the place. */
  readonly reason: string

  constructor(line: number, column: number, reason: string) {
    super(`line ${line}, column ${column}: ${reason}`)
    this.line = line
    this.column = column
    this.reason = reason
  }
}

/** The error at the code unit `offset` of `body`. Linear in the body; paid once, because a parser stops at its first error. */
export function faultAt(body: string, offset: number, reason: string): ExpositionSyntaxError {
  let line = 1
  let lineStart = 0
  for (let end = body.indexOf('\n'); end !== -1 && end < offset; end = body.indexOf('\n', lineStart)) {
    line += 1
    lineStart = end + 1
  }
  let column = 1
  for (let at = lineStart; at < offset; column += 1) at += (body.codePointAt(at) as number) > 0xffff ? 2 : 1
  return new ExpositionSyntaxError(line, column, reason)
}

/** A piece of outside text as a message may show it: quoted, control characters escaped, not longer than a glance. */
export function excerpt(text: string): string {
  if (text.length <= EXCERPT_UNITS) return JSON.stringify(text)
  const last = text.charCodeAt(EXCERPT_UNITS - 1)
  // A pair of surrogates is one character, and is not cut in half.
  const end = last >= 0xd800 && last < 0xdc00 ? EXCERPT_UNITS - 1 : EXCERPT_UNITS
  return `${JSON.stringify(text.slice(0, end)).slice(0, -1)}…"`
}
