import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HashQueue, type HashQueueOptions } from '../../src/hashes/hash-queue.ts'

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A queue whose work stands still until it is let go. */
function standing(options: HashQueueOptions): {
  come(name: string, client?: string): void
  release(name: string): Promise<void>
  readonly started: string[]
  readonly sentAway: string[]
} {
  const queue = new HashQueue(options)
  const started: string[] = []
  const sentAway: string[] = []
  const held = new Map<string, () => void>()
  return {
    started,
    sentAway,
    come(name, client) {
      const work = (): Promise<string> => {
        started.push(name)
        return new Promise((resolve) => held.set(name, () => resolve(name)))
      }
      void queue.run({ isKnown: client === undefined, client: client ?? '' }, work).then((result) => {
        if (result === undefined) sentAway.push(name)
      })
    },
    async release(name) {
      held.get(name)?.()
      await settle()
    },
  }
}

const one = { concurrency: 1, reserved: 1 }

describe('a few at a time', () => {
  test('are run, a few wait, and the rest is sent away', async () => {
    const queue = standing({ concurrency: 2, maxQueued: 2 })
    for (const name of ['a', 'b', 'c', 'd', 'e']) queue.come(name, 'x')
    await settle()
    expect([queue.started, queue.sentAway]).toEqual([['a', 'b'], ['e']])
    await queue.release('a')
    expect(queue.started).toEqual(['a', 'b', 'c'])
    queue.come('f', 'x')
    for (const name of ['b', 'c', 'd', 'f']) await queue.release(name)
    expect([queue.started, queue.sentAway]).toEqual([['a', 'b', 'c', 'd', 'f'], ['e']])
  })

  test('also where nobody may wait', async () => {
    const queue = standing({ concurrency: 1, maxQueued: 0 })
    for (const name of ['a', 'b']) queue.come(name, 'x')
    await settle()
    await queue.release('a')
    queue.come('c', 'x')
    await settle()
    expect([queue.started, queue.sentAway]).toEqual([['a', 'c'], ['b']])
  })

  test('answers with what the work answers, and frees the place when it fails', async () => {
    const queue = new HashQueue({ concurrency: 1, maxQueued: 0 })
    const visitor = { isKnown: false, client: 'x' }
    await expect(queue.run(visitor, () => Promise.reject(new Error('out of threads')))).rejects.toThrow('out of threads')
    expect(await queue.run(visitor, () => Promise.resolve(7))).toBe(7)
  })

  test('are two strangers and one more, unless it is told otherwise', async () => {
    const queue = standing({})
    for (const name of ['a', 'b', 'c']) queue.come(name, 'x')
    queue.come('known')
    await settle()
    expect(queue.started).toEqual(['a', 'b', 'known'])
  })
})

describe('turns', () => {
  test('go round by client: one with a long line does not keep the others waiting', async () => {
    const queue = standing({ ...one, maxQueued: 10 })
    for (const name of ['m1', 'm2', 'm3', 'm4']) queue.come(name, 'mallory')
    queue.come('a1', 'alice')
    queue.come('b1', 'bob')
    queue.come('a2', 'alice')
    await settle()
    for (const name of ['m1', 'm2', 'a1', 'b1', 'm3', 'a2', 'm4']) await queue.release(name)
    expect(queue.started).toEqual(['m1', 'm2', 'a1', 'b1', 'm3', 'a2', 'm4'])
  })

  test('of a full queue: the last of the longest line gives way to a client with less', async () => {
    const queue = standing({ ...one, maxQueued: 4 })
    for (const name of ['m0', 'm1', 'm2', 'm3', 'm4']) queue.come(name, 'mallory')
    queue.come('a1', 'alice')
    queue.come('a2', 'alice')
    queue.come('a3', 'alice')
    queue.come('m5', 'mallory')
    await settle()
    expect(queue.sentAway).toEqual(['m4', 'm3', 'a3', 'm5'])
    for (const name of ['m0', 'm1', 'a1', 'm2', 'a2']) await queue.release(name)
    expect(queue.started).toEqual(['m0', 'm1', 'a1', 'm2', 'a2'])
  })

  test('of a full queue in which everybody has one: who comes is sent away', async () => {
    const queue = standing({ ...one, maxQueued: 2 })
    for (const name of ['a', 'b', 'c', 'd']) queue.come(name, name)
    await settle()
    expect([queue.started, queue.sentAway]).toEqual([['a'], ['d']])
  })
})

describe('who was right before', () => {
  test('has a place of its own while strangers fill theirs and the queue', async () => {
    const queue = standing({ ...one, maxQueued: 2 })
    for (const name of ['m0', 'm1', 'm2', 'm3']) queue.come(name, 'mallory')
    queue.come('k1')
    queue.come('k2')
    await settle()
    expect([queue.started, queue.sentAway]).toEqual([['m0', 'k1'], ['m3']])
    await queue.release('k1')
    expect(queue.started).toEqual(['m0', 'k1', 'k2'])
  })

  test('comes before strangers in all places, and is never sent away', async () => {
    const queue = standing({ ...one, maxQueued: 1 })
    for (const name of ['k1', 'k2', 'k3', 'k4']) queue.come(name)
    queue.come('m1', 'mallory')
    queue.come('m2', 'mallory')
    await settle()
    expect([queue.started, queue.sentAway]).toEqual([['k1', 'k2'], ['m2']])
    for (const name of ['k1', 'k2', 'k3', 'k4']) await queue.release(name)
    expect(queue.started).toEqual(['k1', 'k2', 'k3', 'k4', 'm1'])
  })
})

test('whatever comes and goes, bounds hold, everybody is answered, and it ends idle', async () => {
  const visitors = fc.array(fc.record({ client: fc.constantFrom('a', 'b', 'c'), isKnown: fc.boolean() }), { maxLength: 30 })
  const limits = fc.record({
    concurrency: fc.integer({ min: 1, max: 3 }),
    reserved: fc.integer({ min: 0, max: 2 }),
    maxQueued: fc.integer({ min: 0, max: 6 }),
  })
  await fc.assert(
    fc.asyncProperty(visitors, limits, async (visitors, limits) => {
      const queue = new HashQueue(limits)
      let running = 0
      let strangers = 0
      const results = await Promise.all(
        visitors.map((visitor) =>
          queue.run(visitor, async () => {
            running += 1
            if (!visitor.isKnown) strangers += 1
            expect(running).toBeLessThanOrEqual(limits.concurrency + limits.reserved)
            expect(strangers).toBeLessThanOrEqual(limits.concurrency)
            await settle()
            running -= 1
            if (!visitor.isKnown) strangers -= 1
            return true
          }),
        ),
      )
      const admitted = results.filter((result, index) => !visitors[index]!.isKnown && result).length
      const asked = visitors.filter(({ isKnown }) => !isKnown).length
      expect(results.every((result, index) => result === true || !visitors[index]!.isKnown)).toBe(true)
      expect(admitted).toBeGreaterThanOrEqual(Math.min(asked, limits.maxQueued))
      expect(await queue.run({ isKnown: false, client: 'z' }, () => Promise.resolve('idle'))).toBe('idle')
    }),
    { interruptAfterTimeLimit: 1_500, numRuns: 200 },
  )
})
