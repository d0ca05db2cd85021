import { describe, expect, test } from 'vitest'
import type { Chunk, ChunkSink } from '../../src/scrape/chunks.ts'
import { createSlices } from '../../src/scrape/slices.ts'
import { decode } from '../support/family.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

function slicesOf(steps: (sink: ChunkSink) => Generator<void>, sliceMilliseconds = 5) {
  const clock = { now: 0 }
  const ended = { count: 0 }
  const producer = createSlices({ steps, now: () => clock.now, sliceMilliseconds, onEnd: () => void (ended.count += 1) })
  const chunks: Chunk[] = []
  const advance = (): Promise<boolean> => producer.advance((chunk) => void chunks.push(chunk))
  return { clock, ended, producer, chunks, advance, texts: () => chunks.map(({ bytes }) => decode(bytes)) }
}

/** A hundred pieces of a chunk each. */
const large = function* (sink: ChunkSink): Generator<void> {
  for (let i = 0; i < 100; i += 1) {
    sink.write(new Uint8Array(70_000).fill(97))
    sink.checkpoint()
    yield
  }
}

describe('a rendering in slices', () => {
  test('that fits into one is one chunk, without a wait', async () => {
    const { advance, texts, ended } = slicesOf(function* (sink) {
      for (const text of ['a', 'b', 'c']) {
        sink.write(encode(text))
        yield
      }
    })
    let others = 0
    setImmediate(() => (others += 1))
    expect([await advance(), texts(), others, ended.count]).toEqual([true, ['abc'], 0, 1])
  })

  test('of nothing has no chunks', async () => {
    const { advance, texts } = slicesOf(function* () {})
    expect([await advance(), texts()]).toEqual([true, []])
  })

  test('makes some chunks at a time, and no more than is asked for', async () => {
    const { advance, chunks, producer, ended } = slicesOf(large)
    expect([await advance(), chunks.length]).toEqual([false, 4])
    expect([await advance(), chunks.length, ended.count]).toEqual([false, 8, 0])
    producer.end()
    expect(ended.count).toBe(1)
  })

  test('gives the event loop its turn after each slice', async () => {
    let steps = 0
    const { clock, advance } = slicesOf(function* () {
      while (steps < 100) {
        steps += 1
        clock.now += 1
        yield
      }
    })
    const seen: number[] = []
    const look = (): void => {
      seen.push(steps)
      if (steps < 100) setImmediate(look)
    }
    setImmediate(look)
    await advance()
    expect(seen.length).toBeGreaterThanOrEqual(15)
    for (const [at, now] of seen.entries()) expect(now - (seen[at - 1] ?? 0)).toBeLessThanOrEqual(10)
  })

  test('ends once, whether all was made or not, and makes nothing after it', async () => {
    const whole = slicesOf(function* (sink) {
      sink.write(encode('x'))
      yield
    })
    await whole.advance()
    whole.producer.end()
    expect(whole.ended.count).toBe(1)
    const half = slicesOf(large)
    await half.advance()
    half.clock.now += 10
    const pending = half.advance()
    half.producer.end()
    expect([await pending, half.chunks.length, half.ended.count]).toEqual([true, 4, 1])
  })

  test('passes on what a step throws', async () => {
    const { advance, producer, ended } = slicesOf(function* () {
      yield
      throw new Error('step')
    })
    await expect(advance()).rejects.toThrow('step')
    producer.end()
    expect(ended.count).toBe(1)
  })
})
