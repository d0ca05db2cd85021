/** The exemplar behind a sample of OpenMetrics. */
import type { Exemplar } from '../../series/exemplar.ts'
import { type ByteWriter, encodeUtf8 } from '../byte-writer.ts'
import { escapeLabelValue } from '../escape.ts'
import { formatValue } from '../number.ts'

/** ` # {trace_id="abc"} 0.67 1520879607.789`, and no more; room is made here. */
export function writeExemplar(writer: ByteWriter, { labels, value, timestamp }: Exemplar): void {
  const text = labels.map(([name, given]) => `${name}="${escapeLabelValue(given)}"`).join(',')
  const encoded = encodeUtf8(` # {${text}} ${formatValue(value)} ${timestamp}`)
  writer.reserve(encoded.length + 1)
  writer.write(encoded)
}
