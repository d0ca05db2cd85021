/** DER (X.690), as far as certificates and revocation lists need it: what is there, in order, with its bytes. No copies are made. */

export interface DerValue {
  /** The identifier octet; those of more than one octet do not occur here. */
  readonly tag: number
  readonly content: Buffer
  /** With identifier and length. */
  readonly whole: Buffer
}

/**
 * Every value in `bytes`, to their end.
 * @throws {RangeError} for what is no DER: a length that is indefinite or reaches beyond the end, or a long identifier.
 */
export function readValues(bytes: Buffer): readonly DerValue[] {
  const values: DerValue[] = []
  for (let start = 0; start < bytes.length; ) {
    const value = readValue(bytes, start)
    values.push(value)
    start += value.whole.length
  }
  return values
}

function readValue(bytes: Buffer, start: number): DerValue {
  const tag = bytes.readUInt8(start)
  const first = bytes.readUInt8(start + 1)
  const more = first > 0x80 ? first - 0x80 : 0
  // These throw a RangeError of their own beyond the end, and for a length of more than six octets.
  const length = more === 0 ? first : bytes.readUIntBE(start + 2, more)
  const from = start + 2 + more
  if ((tag & 0x1f) === 0x1f || first === 0x80 || from + length > bytes.length) throw new RangeError('no DER')
  return { tag, content: bytes.subarray(from, from + length), whole: bytes.subarray(start, from + length) }
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  /** `[0] EXPLICIT`, or constructed. */
  context0: 0xa0,
} as const

/** An INTEGER as comparable text, without the octet that only says its sign. */
export const integerText = ({ content }: DerValue): string => content.toString('hex').replace(/^(?:00)+(?=..)/, '')

/** A time as certificates write it (RFC 5280, 4.1.2.5): milliseconds since the epoch; NaN for any other spelling. */
export function readTime({ tag, content }: DerValue): number {
  const text = content.toString('latin1')
  const match = /^(\d{2})?(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text)
  if (!match || (match[1] === undefined) !== (tag === TAG.utcTime)) return Number.NaN
  const [, century = Number(match[2]) < 50 ? '20' : '19', year, month, day, hour, minute, second] = match
  return Date.parse(`${century}${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}
