import { describe, expect, test } from 'vitest'
import { FORMATS } from '../../src/exposition/negotiate.ts'
import { type ProduceBody, type ScrapeKey, Scrapes } from '../../src/scrape/scrapes.ts'
import { readText } from '../../src/scrape/shared-body.ts'

const formatOf = (syntax: string): ScrapeKey['format'] => FORMATS.find((one) => one.syntax === syntax) as ScrapeKey['format']
const [format, other] = [formatOf('text'), formatOf('openmetrics')]
const KEY: ScrapeKey = { format, coding: 'identity', names: [] }

function scrapesOf(maxInFlight = 32, before: () => Promise<void> = async () => {}) {
  const made: string[] = []
  const clock = { now: 0 }
  const produce: ProduceBody = async ({ names }) => {
    const text = `body ${made.push(names.join())}`
    await before()
    let at = 0
    return {
      async advance(emit) {
        if (at === 0) emit({ bytes: new TextEncoder().encode(text), lease: undefined })
        at += 1
        return at > 1
      },
      end: () => {},
    }
  }
  const dismissed = { count: 0 }
  const onDismiss = (): void => void (dismissed.count += 1)
  const scrapes = new Scrapes(produce, { maxInFlight, maxStallMilliseconds: 5_000, onDismiss, now: () => clock.now })
  const open = async (key: Partial<ScrapeKey> = {}) => (await scrapes.open({ ...KEY, ...key })) ?? undefined
  return { scrapes, made, clock, dismissed, open }
}

describe('scrapes at once', () => {
  test('share a body when they ask for the same, and only then', async () => {
    const { open, made, scrapes } = scrapesOf()
    const asked: Partial<ScrapeKey>[] = [{}, {}, { names: ['a'] }, { names: ['a'] }, { names: ['b'] }, { format: other }]
    const readers = await Promise.all(asked.map((key) => open(key)))
    expect([made.length, scrapes.inFlight]).toEqual([4, 6])
    const texts = await Promise.all(readers.map((reader) => readText(reader as NonNullable<typeof reader>)))
    expect(texts).toEqual(['body 1', 'body 1', 'body 2', 'body 2', 'body 3', 'body 4'])
    expect(scrapes.inFlight).toBe(0)
  })

  test('share what is compressed, and the rendering with what is not', async () => {
    const { open, made } = scrapesOf()
    const readers = await Promise.all([open({ coding: 'gzip' }), open({ coding: 'gzip' }), open()])
    expect(made).toHaveLength(1)
    for (const reader of readers) reader?.leave()
    await open()
    expect(made).toHaveLength(2)
  })

  test('are as many as may be, and a reader that has left makes room', async () => {
    const { open, scrapes } = scrapesOf(2)
    const readers = await Promise.all([open(), open({ names: ['a'] }), open()])
    expect([readers.map((reader) => reader !== undefined), scrapes.inFlight]).toEqual([[true, true, false], 2])
    readers[0]?.leave()
    readers[0]?.leave()
    expect(scrapes.inFlight).toBe(1)
    expect(await open()).toBeDefined()
    expect(await open()).toBeUndefined()
  })

  test('all fail with a body that cannot be begun, make room, and the next tries anew', async () => {
    let broken = true
    const { open, scrapes, made } = scrapesOf(2, async () => {
      if (broken) throw new Error('broken')
    })
    const failed = await Promise.allSettled([open({ coding: 'gzip' }), open()])
    expect(failed.map((outcome) => outcome.status === 'rejected' && (outcome.reason as Error).message)).toEqual(['broken', 'broken'])
    expect(scrapes.inFlight).toBe(0)
    broken = false
    expect(await open()).toBeDefined()
    expect(made).toHaveLength(2)
  })

  test('that come after a second have a body of their own, and its sharing outlives the end of the old one', async () => {
    const { open, made, clock } = scrapesOf()
    const slow = await open()
    clock.now = 1_000
    const fresh = await open()
    expect(made).toHaveLength(2)
    slow?.leave()
    const joined = await open()
    expect(made).toHaveLength(2)
    expect([await readText(joined as NonNullable<typeof joined>), await readText(fresh as NonNullable<typeof fresh>)]).toEqual([
      'body 2',
      'body 2',
    ])
  })

  test('do not wait for one another when the event loop was held up for longer than they share', async () => {
    const scrapes = scrapesOf(32, async () => void (scrapes.clock.now += 5_000))
    const readers = await Promise.all([scrapes.open(), scrapes.open()])
    expect(readers.every((reader) => reader !== undefined)).toBe(true)
    expect(scrapes.made.length).toBeLessThanOrEqual(2)
  })

  test('throw what is thrown at once as well, and forget it', async () => {
    let calls = 0
    const scrapes = new Scrapes(
      () => {
        calls += 1
        throw new Error('at once')
      },
      { maxInFlight: 2, maxStallMilliseconds: 5_000, onDismiss: () => {} },
    )
    for (let at = 0; at < 3; at += 1) await expect(scrapes.open(KEY)).rejects.toThrow('at once')
    expect([calls, scrapes.inFlight]).toEqual([3, 0])
  })
})

describe('a scrape that its client stalls', () => {
  test('keeps its place while nobody needs it', async () => {
    const { open, clock, dismissed } = scrapesOf(2)
    const reader = await open()
    clock.now = 1e6
    expect(await open({ names: ['a'] })).toBeDefined()
    expect([reader?.signal.aborted, dismissed.count]).toEqual([false, 0])
  })

  test('loses it to one that needs it, the one stalled longest first, and can be read no further', async () => {
    const { open, clock, scrapes, dismissed } = scrapesOf(3)
    const readers: Awaited<ReturnType<typeof open>>[] = []
    for (const now of [0, 100, 50]) {
      clock.now = now
      readers.push(await open({ names: [String(now)] }))
    }
    const [first, second] = readers
    await first?.read()
    clock.now = 4_999
    expect(await open()).toBeUndefined()
    clock.now = 5_049
    expect(await open()).toBeDefined()
    const aborted = (): unknown[] => readers.map((reader) => reader?.signal.aborted)
    expect([aborted(), scrapes.inFlight, dismissed.count]).toEqual([[true, false, false], 3, 1])
    await expect(first?.read()).rejects.toThrow(/^The scrape was ended: its client kept it waiting for too long/)
    first?.leave()
    expect(scrapes.inFlight).toBe(3)
    clock.now = 5_100
    expect(await open()).toBeDefined()
    expect(aborted()).toEqual([true, false, true])
    expect(await open()).toBeDefined()
    expect(aborted()).toEqual([true, true, true])
    expect(await open()).toBeUndefined()
    await expect(second?.[Symbol.asyncIterator]().next()).rejects.toThrow(/^The scrape was ended/)
  })

  test('is the first of those stalled for the same time', async () => {
    const { open, clock } = scrapesOf(2)
    const readers = [await open({ names: ['a'] }), await open({ names: ['b'] })]
    clock.now = 5_000
    await open()
    expect(readers.map((reader) => reader?.signal.aborted)).toEqual([true, false])
  })

  test('leaves the body to those who share it', async () => {
    const { open, clock } = scrapesOf(2)
    const [stalled, other] = [await open(), await open()]
    const reading = readText(other as NonNullable<typeof other>)
    clock.now = 5_000
    await open({ names: ['a'] })
    expect(stalled?.signal.aborted || other?.signal.aborted).toBe(true)
    expect(await reading).toBe('body 1')
  })

  test('is none that waits for its own collection', async () => {
    let release = (): void => {}
    const collected = new Promise<void>((resolve) => {
      release = resolve
    })
    const { open, clock } = scrapesOf(1, () => collected)
    const opening = open()
    clock.now = 60_000
    expect(await open()).toBeUndefined()
    release()
    expect((await opening)?.signal.aborted).toBe(false)
  })
})
