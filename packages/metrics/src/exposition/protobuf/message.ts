/** The wire format of protocol buffers, as far as the exposition needs it (protobuf.dev/programming-guides/encoding). */
import { ByteWriter } from '../byte-writer.ts'

/** Wire types, the low three bits of a tag. */
const VARINT = 0
const DOUBLE = 1
const LENGTH = 2

const asDouble = new Float64Array(1)
const asBytes = new Uint8Array(asDouble.buffer)
/** Doubles travel with the least byte first. */
const IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** Longest varint: 64 bits, seven to a byte. */
const MAX_VARINT_BYTES = 10

/** Fields of one message, one after the other. Reused: a message inside another is written by a second one and copied. */
export class MessageWriter {
  readonly writer: ByteWriter = new ByteWriter(256)

  /** Begins another message in the same buffer. */
  clear(): this {
    this.writer.length = 0
    return this
  }

  /** uint32, uint64, enums: `value` is an integer of 0 … 2⁵³. */
  unsigned(field: number, value: number): this {
    this.#tag(field, VARINT)
    writeVarint(this.writer, value)
    return this
  }

  /** sint32, sint64: small numbers of either sign take one byte. */
  signed(field: number, value: number): this {
    return this.unsigned(field, zigzag(value))
  }

  double(field: number, value: number): this {
    this.#tag(field, DOUBLE)
    writeDouble(this.writer, value)
    return this
  }

  bytes(field: number, source: Uint8Array, start = 0, end: number = source.length): this {
    this.#tag(field, LENGTH)
    writeVarint(this.writer, end - start)
    this.writer.reserve(end - start)
    this.writer.writeRange(source, start, end)
    return this
  }

  message(field: number, inner: MessageWriter): this {
    return this.bytes(field, inner.writer.bytes, 0, inner.writer.length)
  }

  /** A packed repeated sint64. Nothing for none. */
  packedSigned(field: number, values: ArrayLike<number>, scratch: MessageWriter): this {
    if (values.length === 0) return this
    scratch.clear()
    for (let at = 0; at < values.length; at += 1) writeVarint(scratch.writer, zigzag(values[at] as number))
    return this.message(field, scratch)
  }

  /** google.protobuf.Timestamp. */
  timestamp(field: number, milliseconds: number, scratch: MessageWriter): this {
    const seconds = Math.floor(milliseconds / 1000)
    const nanoseconds = Math.round((milliseconds - seconds * 1000) * 1e6)
    return this.message(field, scratch.clear().unsigned(1, seconds).unsigned(2, nanoseconds))
  }

  #tag(field: number, type: number): void {
    writeVarint(this.writer, field * 8 + type)
  }
}

/** @param value An integer of 0 … 2⁵³: beyond 32 bits by division, since operators on bits end there. */
export function writeVarint(writer: ByteWriter, value: number): void {
  writer.reserve(MAX_VARINT_BYTES)
  let rest = value
  while (rest >= 0x80) {
    writer.byte((rest % 0x80) + 0x80)
    rest = Math.floor(rest / 0x80)
  }
  writer.byte(rest)
}

function writeDouble(writer: ByteWriter, value: number): void {
  asDouble[0] = value
  writer.reserve(8)
  if (IS_LITTLE_ENDIAN) for (let at = 0; at < 8; at += 1) writer.byte(asBytes[at] as number)
  else for (let at = 7; at >= 0; at -= 1) writer.byte(asBytes[at] as number)
}

/** 0, −1, 1, −2 become 0, 1, 2, 3. */
function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value
}
