import { describe, expect, test } from 'vitest'
import { type Chunk, ChunkSink } from '../../src/scrape/chunks.ts'
import { SegmentImage } from '../../src/scrape/image.ts'
import { createFamily, createWriter, decode } from '../support/family.ts'

function sinkOf() {
  const chunks: Chunk[] = []
  return { chunks, sink: new ChunkSink((chunk) => void chunks.push(chunk)) }
}

/** An image of 200 series whose blocks have about this many bytes each. */
function imageOf(width: number): SegmentImage {
  const family = createFamily()
  for (let i = 0; i < 200; i += 1) family.store.slotOfTexts([`${i} ${'x'.repeat(width)}`])
  const image = new SegmentImage({ limit: Infinity, used: 0 })
  image.update(createWriter(family), family.store.segmentOf(0), 200, 1)
  return image
}

describe('a sink', () => {
  test('copies small pieces together, and hands nothing on when nothing was written', () => {
    const { chunks, sink } = sinkOf()
    sink.flush()
    for (const text of ['a', 'b', 'c']) sink.write(new TextEncoder().encode(text))
    sink.checkpoint()
    expect(chunks).toEqual([])
    sink.flush()
    sink.flush()
    expect(chunks.map(({ bytes, lease }) => [decode(bytes), lease])).toEqual([['abc', undefined]])
  })

  test('hands on what has become large, and never writes to it again', () => {
    const { chunks, sink } = sinkOf()
    sink.write(new Uint8Array(65_536).fill(97))
    sink.checkpoint()
    sink.write(new Uint8Array(10).fill(98))
    sink.flush()
    expect(chunks.map(({ bytes }) => [bytes.length, bytes.every((byte) => byte === bytes[0])])).toEqual([
      [65_536, true],
      [10, true],
    ])
  })

  test('lends a large image behind what was written, and copies a small one', () => {
    const { chunks, sink } = sinkOf()
    const [small, large] = [imageOf(1), imageOf(100)]
    sink.write(new TextEncoder().encode('# head\n'))
    sink.lend(small, 2)
    sink.lend(large, 200)
    sink.lend(large, 0)
    sink.flush()
    expect(chunks.map(({ bytes, lease }) => [bytes.length > 8_192, lease?.holders])).toEqual([
      [false, undefined],
      [true, 1],
    ])
    expect(decode(chunks[0]?.bytes as Uint8Array)).toBe('# head\nx{a="0 x"} 0\nx{a="1 x"} 0\n')
  })
})
