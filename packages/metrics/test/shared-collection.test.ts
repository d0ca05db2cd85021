import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { CollectTask } from '../src/scrape/collection.ts'
import { SharedCollection } from '../src/shared-collection.ts'

const task = (name: string, run: CollectTask['run']): CollectTask => ({ name, timeoutMilliseconds: 1_000, run })

function createShared(tasks: readonly CollectTask[], onError?: () => unknown): [SharedCollection, counted: string[]] {
  const counted: string[] = []
  return [new SharedCollection({ tasks: () => tasks, count: (family) => counted.push(family), onError }), counted]
}

describe('a collection shared by scrapes', () => {
  test('runs once for all that ask while it is under way, and again for the next', async () => {
    let runs = 0
    let end = (): void => {}
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    const [shared] = createShared([
      task('a', () => {
        runs += 1
        return ended
      }),
    ])
    const first = shared.run()
    await setImmediate()
    const second = shared.run()
    end()
    expect([(await first).size, await second, runs]).toEqual([0, await first, 1])
    await shared.run()
    expect(runs).toBe(2)
  })

  test('is found by a callback that asks for a scrape itself', async () => {
    let runs = 0
    const [shared] = createShared([
      task('a', () => {
        runs += 1
        void shared.run()
      }),
    ])
    await shared.run()
    expect(runs).toBe(1)
  })

  test('answers what failed, counts it and tells of it, in that order', async () => {
    const events: string[] = []
    const bad = task('bad', () => Promise.reject(new Error('no')))
    const shared = new SharedCollection({
      tasks: () => [bad, task('good', () => {})],
      count: (family) => events.push(`count ${family}`),
      onError: (error, family) => events.push(`tell ${String(error)} of ${family}`),
    })
    expect(await shared.run()).toEqual(new Set([bad]))
    expect(events).toEqual(['count bad', 'tell Error: no of bad'])
  })

  test.each<{ name: string; onError: (() => unknown) | undefined }>([
    { name: 'is not there', onError: undefined },
    {
      name: 'throws',
      onError: () => {
        throw new Error('no log')
      },
    },
    // Unhandled, the rejection would fail the run.
    { name: 'rejects', onError: () => Promise.reject(new Error('no log')) },
  ])('counts a failure although the handler $name', async ({ onError }) => {
    const [shared, counted] = createShared([], onError)
    shared.fail(new Error('left out'), 'x')
    await setImmediate()
    expect(counted).toEqual(['x'])
  })
})
