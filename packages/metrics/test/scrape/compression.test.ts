import * as zlib from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Chunk } from '../../src/scrape/chunks.ts'
import { createCompression } from '../../src/scrape/compression.ts'
import { type BodyReader, type ChunkProducer, SharedBody } from '../../src/scrape/shared-body.ts'

function plainOf(chunks: readonly (Uint8Array | Error)[], lease?: { holders: number }) {
  const state = { left: 0, inUse: undefined as boolean | undefined }
  let at = 0
  const producer: ChunkProducer = {
    async advance(emit) {
      const chunk = chunks[at]
      at += 1
      if (chunk instanceof Error) throw chunk
      if (chunk) emit({ bytes: chunk, lease } satisfies Chunk)
      return at >= chunks.length
    },
    end: () => {},
  }
  const body = new SharedBody(producer, () => {})
  return { state, reader: body.join(() => void (state.left += 1)), made: () => at }
}

async function readAll(reader: BodyReader): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of reader) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const compressed = (reader: BodyReader, coding: 'gzip' | 'zstd' = 'gzip'): BodyReader =>
  new SharedBody(createCompression(reader, coding), () => {}).join(() => {})

describe('a compressed body', () => {
  test.each([0, 1, 100, 65_536, 1_000_000, 10_000_000])('of %i bytes is the body when it is unpacked', async (size) => {
    const bytes = Buffer.from(Array.from({ length: 1_000 }, (_, index) => `x{a="${index * 7919}"} ${index}\n`).join(''))
    const whole = Buffer.alloc(size)
    for (let at = 0; at < size; at += bytes.length) bytes.copy(whole, at)
    const pieces = Array.from({ length: Math.ceil(size / 70_000) }, (_, piece) => whole.subarray(piece * 70_000, (piece + 1) * 70_000))
    const { reader, state } = plainOf(pieces)
    const packed = await readAll(compressed(reader))
    expect(zlib.gunzipSync(packed).equals(whole)).toBe(true)
    expect(state.left).toBe(1)
  })

  test('is the body however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 30 }), async (pieces) => {
        const packed = await readAll(compressed(plainOf(pieces).reader))
        expect(zlib.gunzipSync(packed).equals(Buffer.concat(pieces))).toBe(true)
      }),
      { numRuns: 50, interruptAfterTimeLimit: 2_000 },
    )
  })

  const decompressZstd: unknown = Reflect.get(zlib, 'zstdDecompressSync')
  test.skipIf(typeof decompressZstd !== 'function')('is packed with zstd where the runtime has it', async () => {
    const bytes = Buffer.alloc(200_000, 'metrics ')
    const packed = await readAll(compressed(plainOf([bytes]).reader, 'zstd'))
    expect((decompressZstd as typeof zlib.gunzipSync)(packed).equals(bytes)).toBe(true)
  })

  test.skipIf(typeof decompressZstd === 'function')('is packed with gzip where zstd was never offered', async () => {
    const bytes = Buffer.alloc(200_000, 'metrics ')
    expect(zlib.gunzipSync(await readAll(compressed(plainOf([bytes]).reader, 'zstd'))).equals(bytes)).toBe(true)
  })

  test('fails when the body fails', async () => {
    const { reader, state } = plainOf([Buffer.from('a'), new Error('broken')])
    await expect(readAll(compressed(reader))).rejects.toThrow('broken')
    expect(state.left).toBe(1)
  })

  test('fails when it is broken itself', async () => {
    const { reader } = plainOf([Buffer.from('a'), 'no bytes' as never, 5 as never])
    await expect(readAll(compressed(reader))).rejects.toThrow(/chunk/)
  })

  test('gives back what is lent once all is packed', async () => {
    const lease = { holders: 2 }
    await readAll(compressed(plainOf([Buffer.from('a'), Buffer.from('b')], lease).reader))
    expect(lease.holders).toBe(0)
  })

  test('keeps what is lent when it is left in the middle, because another thread may be reading it', async () => {
    const lease = { holders: 0 }
    const noise = Array.from({ length: 50 }, () => {
      const bytes = Buffer.alloc(100_000)
      for (let at = 0; at < bytes.length; at += 4) bytes.writeInt32LE(Math.imul(at + 1, 0x9e3779b1) ^ (at << 7), at)
      lease.holders += 1
      return bytes
    })
    const { reader, state, made } = plainOf(noise, lease)
    const body = compressed(reader)
    await body.read()
    body.leave({ bytesInUse: false })
    expect(state.left).toBe(1)
    expect([lease.holders, made() < 50]).toEqual([50, true])
  })

  test('left while it waits for the packer ends the wait', async () => {
    const { reader, state } = plainOf([Buffer.alloc(1_000_000)])
    const body = compressed(reader)
    const pending = body.read()
    body.leave()
    expect(await pending).toBeUndefined()
    expect(state.left).toBe(1)
  })
})
