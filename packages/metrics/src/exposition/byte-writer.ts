/** Bytes written one after the other into a buffer that grows: what every text format is made with. */

const MINUS = 45
const encoder = new TextEncoder()

/** Text of ours, such as names and `le` bounds, as bytes. Outside text is escaped before it comes here. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/** The longest text of a double: `-1.2345678901234567e-100` and one to spare. */
export const MAX_NUMBER_BYTES = 26

/**
 * Callers `reserve` what a block can take at most and then write unchecked, so that the loops stay bare.
 * Loops instead of `set(subarray)`: below some hundred bytes the views cost more than the copy.
 */
export class ByteWriter {
  bytes: Uint8Array
  /** Where the next byte goes. */
  length = 0

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity)
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    const needed = this.length + count
    if (needed <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
  }

  byte(code: number): void {
    this.bytes[this.length] = code
    this.length += 1
  }

  /** All of `source`. */
  write(source: Uint8Array): void {
    this.writeRange(source, 0, source.length)
  }

  writeRange(source: Uint8Array, start: number, end: number): void {
    const { bytes } = this
    const at = this.length
    if (end - start > LOOP_MAX) {
      if (source === bytes) bytes.copyWithin(at, start, end)
      else bytes.set(source.subarray(start, end), at)
    } else for (let from = start, to = at; from < end; from += 1, to += 1) bytes[to] = source[from] as number
    this.length = at + end - start
  }

  /** A sample value, as {@link formatValue} spells it; at most {@link MAX_NUMBER_BYTES}. */
  number(value: number): void {
    this.length = writeNumber(this.bytes, this.length, value)
  }

  /** What was written, as a view: valid until the next write. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }
}

const LOOP_MAX = 64

/** Writes a sample value at `at` and returns where it ends. Integers go digit by digit, the rest through `String`. */
export function writeNumber(bytes: Uint8Array, at: number, value: number): number {
  // True for minus zero too, which is written as `0`, as in Go.
  if ((value | 0) === value && value !== LEAST) return writeInteger(bytes, at, value | 0)
  return writeAscii(bytes, at, value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : String(value))
}

/** The bytes that {@link writeNumber} takes for `value`. */
export function numberWidth(value: number): number {
  if ((value | 0) === value && value !== LEAST) return value < 0 ? 1 + digitsOf(-value) : digitsOf(value)
  return value === Infinity || value === -Infinity ? 4 : String(value).length
}

/** The one 32-bit integer whose negative is none. */
const LEAST = -(2 ** 31)

function writeInteger(bytes: Uint8Array, at: number, value: number): number {
  let start = at
  let rest = value
  if (value < 0) {
    bytes[start] = MINUS
    start += 1
    rest = -value
  }
  const end = start + digitsOf(rest)
  let to = end
  while (rest >= 100) {
    const hundredth = (rest / 100) | 0
    const pair = (rest - hundredth * 100) << 1
    bytes[to - 1] = PAIRS[pair + 1] as number
    bytes[to - 2] = PAIRS[pair] as number
    to -= 2
    rest = hundredth
  }
  bytes[to - 1] = PAIRS[(rest << 1) + 1] as number
  if (rest >= 10) bytes[to - 2] = PAIRS[rest << 1] as number
  return end
}

/** `00` to `99` end to end: two digits for one division. */
const PAIRS = encodeUtf8(Array.from({ length: 100 }, (_, index) => String(index).padStart(2, '0')).join(''))

/** @param value 0 … 2³¹−1 */
function digitsOf(value: number): number {
  if (value < 100_000) {
    if (value < 100) return value < 10 ? 1 : 2
    return value < 1_000 ? 3 : value < 10_000 ? 4 : 5
  }
  if (value < 10_000_000) return value < 1_000_000 ? 6 : 7
  return value < 100_000_000 ? 8 : value < 1_000_000_000 ? 9 : 10
}

/** Writes text of one-byte characters. */
export function writeAscii(bytes: Uint8Array, at: number, text: string): number {
  const { length } = text
  for (let index = 0; index < length; index += 1) bytes[at + index] = text.charCodeAt(index)
  return at + length
}
