import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Collection, type CollectTask } from '../../src/scrape/collection.ts'

const TIMEOUT = 5_000

// oxlint-disable-next-line unicorn/no-thenable -- A collect may answer one.
const thenable = (then: unknown): object => Object.fromEntries([['then', then]])

function collectionOf() {
  const failures: [error: unknown, name: string][] = []
  const collection = new Collection((error, { name }) => void failures.push([error, name]))
  const task = (run: () => unknown, name = 'x'): CollectTask => ({ name, timeoutMilliseconds: TIMEOUT, run: run as CollectTask['run'] })
  const failedOf = async (...tasks: CollectTask[]): Promise<string[]> => Array.from(await collection.run(tasks), ({ name }) => name)
  return { collection, failures, task, failedOf }
}

describe('a collect', () => {
  test.each<{ name: string; run: () => unknown }>([
    { name: 'returns nothing', run: () => {} },
    { name: 'returns what is no promise', run: () => thenable(5) },
    { name: 'returns null', run: () => null },
    { name: 'resolves', run: () => Promise.resolve('ignored') },
    { name: 'returns a thenable', run: () => thenable((resolve: () => void) => resolve()) },
  ])('succeeds when it $name', async ({ run }) => {
    const { failedOf, task, failures } = collectionOf()
    expect([await failedOf(task(run)), failures]).toEqual([[], []])
  })

  const broken = new Error('broken')
  test.each<{ name: string; run: () => unknown; error: unknown }>([
    {
      name: 'throws at once',
      run: () => {
        throw broken
      },
      error: broken,
    },
    {
      name: 'throws undefined',
      run: () => {
        throw undefined
      },
      error: undefined,
    },
    { name: 'rejects', run: () => Promise.reject(broken), error: broken },
    { name: 'rejects with undefined', run: () => Promise.reject(undefined), error: undefined },
    {
      name: 'returns a thenable that throws',
      run: () =>
        thenable(() => {
          throw broken
        }),
      error: broken,
    },
    {
      name: 'returns an object whose then is a trap',
      run: () =>
        // oxlint-disable-next-line unicorn/no-thenable -- As above.
        Object.defineProperty({}, 'then', {
          get: () => {
            throw broken
          },
        }),
      error: broken,
    },
  ])('fails alone when it $name, and is tried again', async ({ run, error }) => {
    const { failedOf, task, failures } = collectionOf()
    let good = 0
    const all = [task(run, 'bad'), task(() => void (good += 1), 'good')]
    expect([await failedOf(...all), await failedOf(...all), good]).toEqual([['bad'], ['bad'], 2])
    expect(failures).toEqual([
      [error, 'bad'],
      [error, 'bad'],
    ])
  })

  test('runs beside the others, not after them', async () => {
    const { failedOf, task } = collectionOf()
    const met = withResolvers()
    expect(
      await failedOf(
        task(() => met.promise),
        task(() => met.resolve()),
      ),
    ).toEqual([])
  })
})

function withResolvers() {
  let resolve = (): void => {}
  let reject: (reason: unknown) => void = () => {}
  const promise = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

describe('a collect that takes too long', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  const late = (name = 'slow') => new Error(`The collect of "${name}" did not end within 5000 ms.`)

  test('fails, and is not started again before it has come back', async () => {
    const { failedOf, task, failures } = collectionOf()
    let starts = 0
    const gate = withResolvers()
    const slow = task(() => {
      starts += 1
      return gate.promise
    }, 'slow')
    const first = failedOf(slow)
    await vi.advanceTimersByTimeAsync(TIMEOUT)
    expect([await first, starts]).toEqual([['slow'], 1])
    const second = failedOf(slow)
    await vi.advanceTimersByTimeAsync(TIMEOUT)
    expect([await second, starts, failures]).toEqual([
      ['slow'],
      1,
      [
        [late(), 'slow'],
        [late(), 'slow'],
      ],
    ])
    gate.resolve()
    await gate.promise
    expect([await failedOf(slow), starts]).toEqual([[], 2])
  })

  test('succeeds when it comes back while the next scrape waits', async () => {
    const { failedOf, task } = collectionOf()
    const gate = withResolvers()
    const slow = task(() => gate.promise, 'slow')
    const first = failedOf(slow)
    await vi.advanceTimersByTimeAsync(TIMEOUT)
    await first
    const second = failedOf(slow)
    await vi.advanceTimersByTimeAsync(1)
    gate.resolve()
    expect(await second).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('fails with what it rejects with late while the next scrape waits, and unheard when nobody does', async () => {
    const { failedOf, task, failures } = collectionOf()
    const gates = [withResolvers(), withResolvers()]
    let starts = 0
    const slow = task(() => gates[starts++]?.promise, 'slow')
    const first = failedOf(slow)
    await vi.advanceTimersByTimeAsync(TIMEOUT)
    await first
    const second = failedOf(slow)
    gates[0]?.reject(new Error('late'))
    expect(await second).toEqual(['slow'])
    const third = failedOf(slow)
    await vi.advanceTimersByTimeAsync(TIMEOUT)
    await third
    // Unhandled, it would fail the run.
    gates[1]?.reject(new Error('later'))
    await vi.advanceTimersByTimeAsync(1)
    expect([failures.map(([error]) => (error as Error).message), starts]).toEqual([[late().message, 'late', late().message], 2])
    expect(await failedOf(slow)).toEqual([])
  })

  test('is waited for as long as a timer can when it may take for ever', async () => {
    const { collection } = collectionOf()
    const gate = withResolvers()
    const run = collection.run([{ name: 'x', timeoutMilliseconds: Infinity, run: () => gate.promise }])
    await vi.advanceTimersByTimeAsync(60_000)
    gate.resolve()
    expect((await run).size).toBe(0)
  })
})
