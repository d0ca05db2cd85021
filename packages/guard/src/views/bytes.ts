/** Characters of expositions as bytes, and which of them may stand where. */

export const TAB = 9
export const LF = 10
export const CR = 13
export const SPACE = 32
export const QUOTE = 34
export const HASH = 35
export const COMMA = 44
export const EQUALS = 61
export const BACKSLASH = 92
export const OPEN_BRACE = 123
export const CLOSE_BRACE = 125

/** Bits of {@link CLASSES}. */
export const NAME = 1
export const NAME_START = 2
export const LABEL = 4
export const LABEL_START = 8
/** What numbers and times are made of: which of them are well-formed is for the reader of the exposition to say. */
export const NUMBER = 16

export const CLASSES: Uint8Array = new Uint8Array(256)
for (let code = 0; code < 128; code += 1) {
  const character = String.fromCharCode(code)
  if (/[a-zA-Z0-9_]/.test(character)) CLASSES[code] = NAME | LABEL | NUMBER
  if (/[a-zA-Z_]/.test(character)) CLASSES[code] = NAME | LABEL | NAME_START | LABEL_START | NUMBER
  if (character === ':') CLASSES[code] = NAME | NAME_START
  if (/[+.-]/.test(character)) CLASSES[code] = NUMBER
}

export function isClass(byte: number | undefined, bits: number): boolean {
  return ((CLASSES[byte as number] as number) & bits) !== 0
}

/** The first place at or after `at` that is neither a space nor a tab; what is filtered ends with a line feed. */
export function skipBlanks(data: Uint8Array, at: number): number {
  let next = at
  for (let byte = data[next]; byte === SPACE || byte === TAB; byte = data[next]) next += 1
  return next
}

export function startsWithAt(data: Uint8Array, at: number, bytes: Uint8Array): boolean {
  for (let index = 0; index < bytes.length; index += 1) if (data[at + index] !== bytes[index]) return false
  return true
}

/** The closing quote of a text whose opening one is just before `at`, and -1 when the line ends without it. */
export function closingQuote(data: Uint8Array, at: number): number {
  for (let next = at; ; next += 1) {
    const byte = data[next]
    if (byte === QUOTE) return next
    if (byte === BACKSLASH) next += 1
    if (data[next] === LF) return -1
  }
}

export function textOf(data: Uint8Array, start: number, end: number): string {
  return Buffer.from(data.buffer, data.byteOffset + start, end - start).toString('latin1')
}
