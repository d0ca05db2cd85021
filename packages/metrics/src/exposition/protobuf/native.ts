/** The fields of a native histogram in the Histogram message. */
import type { BucketRun, NativeHistogramSnapshot } from '../../distributions/native-snapshot.ts'
import { MessageWriter } from './message.ts'

const FIELD = {
  schema: 5,
  zeroThreshold: 6,
  zeroCount: 7,
  negativeSpan: 9,
  negativeDelta: 10,
  positiveSpan: 12,
  positiveDelta: 13,
} as const
const SPAN = { offset: 1, length: 2 } as const

const part = new MessageWriter()

/** Count and sum are fields of every histogram, and the caller's. */
export function writeNativeBuckets(
  message: MessageWriter,
  { schema, zeroThreshold, zeroCount, positive, negative }: NativeHistogramSnapshot,
): void {
  message.signed(FIELD.schema, schema).double(FIELD.zeroThreshold, zeroThreshold).unsigned(FIELD.zeroCount, zeroCount)
  writeRun(message, FIELD.negativeSpan, FIELD.negativeDelta, negative)
  writeRun(message, FIELD.positiveSpan, FIELD.positiveDelta, positive)
}

function writeRun(message: MessageWriter, spanField: number, deltaField: number, { spans, deltas }: BucketRun): void {
  for (const { offset, length } of spans) message.message(spanField, part.clear().signed(SPAN.offset, offset).unsigned(SPAN.length, length))
  message.packedSigned(deltaField, deltas, part)
}
