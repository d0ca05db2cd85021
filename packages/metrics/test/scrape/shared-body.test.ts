import { once } from 'node:events'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import type { Chunk } from '../../src/scrape/chunks.ts'
import { type BodyReader, type ChunkProducer, readText, SharedBody } from '../../src/scrape/shared-body.ts'
import { decode } from '../support/family.ts'

const chunkOf = (text: string, lease?: { holders: number }): Chunk => ({ bytes: new TextEncoder().encode(text), lease })

/** A body of these chunks, one per advance; an Error among them is thrown. */
function bodyOf(chunks: readonly (Chunk | Error)[]) {
  const made = { advances: 0, ends: 0, producerEnds: 0, left: 0 }
  const clock = { now: 0 }
  const producer: ChunkProducer = {
    async advance(emit) {
      await Promise.resolve()
      const chunk = chunks[made.advances]
      made.advances += 1
      if (chunk instanceof Error) throw chunk
      if (chunk) emit(chunk)
      return made.advances >= chunks.length
    },
    end: () => void (made.producerEnds += 1),
  }
  const body = new SharedBody(
    producer,
    () => void (made.ends += 1),
    () => clock.now,
  )
  const join = (): BodyReader => body.join(() => void (made.left += 1))
  return { body, made, clock, join }
}

const text = async (reader: BodyReader): Promise<string | undefined> => {
  const chunk = await reader.read()
  return chunk === undefined ? undefined : decode(chunk)
}

describe('a shared body', () => {
  test('is made once for all its readers, whenever they come', async () => {
    const { made, join } = bodyOf(['a', 'b', 'c'].map((one) => chunkOf(one)))
    const [first, second] = [join(), join()]
    expect(await Promise.all([text(first), text(second)])).toEqual(['a', 'a'])
    expect(await text(first)).toBe('b')
    const third = join()
    expect(await readText(third)).toBe('abc')
    expect(await Promise.all([readText(first), readText(second)])).toEqual(['c', 'bc'])
    expect(made).toEqual({ advances: 3, ends: 1, producerEnds: 1, left: 3 })
  })

  test('is made no further than the fastest reader has come', async () => {
    const { made, join } = bodyOf(['a', 'b', 'c'].map((one) => chunkOf(one)))
    const reader = join()
    await reader.read()
    expect(made.advances).toBe(1)
    reader.leave()
    expect(made).toEqual({ advances: 1, ends: 1, producerEnds: 1, left: 1 })
  })

  test('goes on for one reader when another leaves in the middle', async () => {
    const { made, join } = bodyOf(['a', 'b', 'c'].map((one) => chunkOf(one)))
    const [stays, goes] = [join(), join()]
    await Promise.all([text(stays), text(goes)])
    const pending = goes.read()
    goes.leave()
    goes.leave()
    await pending
    expect([made.left, made.ends]).toEqual([1, 0])
    expect(await readText(stays)).toBe('bc')
    expect(made).toEqual({ advances: 3, ends: 1, producerEnds: 1, left: 2 })
  })

  test('gives nothing to whoever reads after having left', async () => {
    const { join } = bodyOf(['a', 'b'].map((one) => chunkOf(one)))
    const reader = join()
    await reader.read()
    reader.leave()
    expect(await reader.read()).toBeUndefined()
  })

  test('of many bytes comes to an end when its last reader leaves while a piece is being made', async () => {
    const chunks = Array.from({ length: 200 }, () => ({ bytes: new Uint8Array(65_536), lease: undefined }))
    const { join } = bodyOf(chunks)
    const reader = join()
    for (let at = 0; at < 150; at += 1) await reader.read()
    const pending = reader.read()
    reader.leave()
    expect(await pending).toBeUndefined()
  })

  test('fails for everyone who has read what there is, and is joined no more', async () => {
    const { body, join, made } = bodyOf([chunkOf('a'), new Error('broken')])
    const [first, second] = [join(), join()]
    await first.read()
    await expect(first.read()).rejects.toThrow('broken')
    expect(body.isJoinable).toBe(false)
    expect(await text(second)).toBe('a')
    await expect(second.read()).rejects.toThrow('broken')
    await expect(readText(second)).rejects.toThrow('broken')
    first.leave()
    expect(made).toEqual({ advances: 2, ends: 1, producerEnds: 1, left: 2 })
  })

  test('is joined no more when it has ended', async () => {
    const { body, join } = bodyOf([chunkOf('a')])
    expect(body.isJoinable).toBe(true)
    await readText(join())
    expect(body.isJoinable).toBe(false)
  })

  test('is joined no more when it is old, so that one slow reader does not have all others read what is past', async () => {
    const { body, join, clock } = bodyOf([chunkOf('a')])
    const slow = join()
    await slow.read()
    clock.now = 999
    expect(body.isJoinable).toBe(true)
    clock.now = 1_000
    expect(body.isJoinable).toBe(false)
    slow.leave()
  })

  test('of many bytes is joined no more, and keeps of what all have read only what is lent', async () => {
    const lease = { holders: 1 }
    const big = (): Chunk => ({ bytes: new Uint8Array(3_000_000), lease: undefined })
    const { body, join } = bodyOf([big(), { bytes: new Uint8Array(3_000_000), lease }, big(), big(), chunkOf('end')])
    const [fast, slow] = [join(), join()]
    for (let at = 0; at < 2; at += 1) await fast.read()
    expect(body.isJoinable).toBe(true)
    await fast.read()
    expect(body.isJoinable).toBe(false)
    for (let at = 0; at < 5; at += 1) expect(await slow.read()).toHaveLength(at === 4 ? 3 : 3_000_000)
    for (let at = 3; at < 5; at += 1) expect(await fast.read()).toHaveLength(at === 4 ? 3 : 3_000_000)
    expect([await slow.read(), await fast.read()]).toEqual([undefined, undefined])
    slow.leave({ bytesInUse: false })
    expect(lease.holders).toBe(1)
    fast.leave({ bytesInUse: false })
    expect(lease.holders).toBe(0)
  })

  test.each([
    { name: 'gives back what is lent when no reader looks at it any more', inUse: [false, false], holders: 0 },
    { name: 'leaves what is lent to a reader that may still look at it', inUse: [true, false], holders: 1 },
    { name: 'leaves it to the last one as well', inUse: [false, true], holders: 1 },
  ])('$name', async ({ inUse, holders }) => {
    const lease = { holders: 1 }
    const { join } = bodyOf([chunkOf('a', lease), chunkOf('b')])
    const readers = inUse.map(() => join())
    for (const reader of readers) await reader.read()
    for (const [at, bytesInUse] of inUse.entries()) readers[at]?.leave({ bytesInUse: bytesInUse })
    expect(lease.holders).toBe(holders)
  })
})

describe('iterating over a reader', () => {
  test('leaves at the end', async () => {
    const { made, join } = bodyOf(['a', 'b'].map((one) => chunkOf(one)))
    const seen: string[] = []
    for await (const chunk of join()) seen.push(decode(chunk))
    expect([seen, made.left]).toEqual([['a', 'b'], 1])
  })

  test('leaves with the loop', async () => {
    const { made, join } = bodyOf(['a', 'b'].map((one) => chunkOf(one)))
    for await (const _ of join()) break
    expect([made.left, made.advances]).toEqual([1, 1])
  })

  test('leaves when the body fails', async () => {
    const { made, join } = bodyOf([chunkOf('a'), new Error('broken')])
    await expect(
      (async () => {
        for await (const _ of join());
      })(),
    ).rejects.toThrow('broken')
    expect(made.left).toBe(1)
  })

  test('leaves although it has never begun, when its stream is destroyed', async () => {
    const { made, join } = bodyOf([chunkOf('a')])
    const stream = Readable.from(join())
    stream.destroy()
    await once(stream, 'close')
    expect([made.left, made.advances]).toEqual([1, 0])
  })

  test('leaves when its stream is destroyed in the middle', async () => {
    const { made, join } = bodyOf(['a', 'b', 'c'].map((one) => chunkOf(one)))
    const stream = Readable.from(join(), { highWaterMark: 1 })
    stream.once('data', () => stream.destroy(new Error('gone')))
    await expect(once(stream, 'close')).rejects.toThrow('gone')
    if (!stream.closed) await once(stream, 'close')
    expect(made.left).toBe(1)
  })
})

test('text that is cut within a character comes out whole, and a mark of byte order stays', async () => {
  const bytes = new TextEncoder().encode('\ufeff😀é')
  const { join } = bodyOf(Array.from(bytes, (byte) => ({ bytes: Uint8Array.of(byte), lease: undefined })))
  expect(await readText(join())).toBe('\ufeff😀é')
})
