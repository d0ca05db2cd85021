import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InFlight } from '../../src/limits/in-flight.ts'

const A = { high: 0xffff, low: 1 }
const B = { high: 0xffff, low: 2 }
const C = { high: 1, low: 1 }

describe('scrapes in flight', () => {
  test('are as many for one client as it may have, and as many in all', () => {
    const places = new InFlight()
    const numbers = { perClient: 2, total: 3 }
    const enter = (client: typeof A): boolean => places.enter(client, numbers) !== undefined
    expect([enter(A), enter(A), enter(A), enter(B), enter(C)]).toEqual([true, true, false, true, false])
  })

  test('give their place back once, however often they are over', () => {
    const places = new InFlight()
    const numbers = { perClient: 1, total: 2 }
    const done = places.enter(A, numbers)
    places.enter(B, numbers)
    done?.()
    done?.()
    expect([places.of(A), places.of(B), places.total]).toEqual([0, 1, 1])
  })

  test('are never lost count of, in whatever order they begin and end', () => {
    const clients = fc.record({ high: fc.integer({ min: 0, max: 2 }), low: fc.integer({ min: 0, max: 2 }) })
    const steps = fc.array(fc.oneof(fc.record({ begin: clients }), fc.record({ end: fc.nat({ max: 30 }) })), { maxLength: 200 })
    const limits = fc.record({ perClient: fc.integer({ min: 1, max: 4 }), total: fc.integer({ min: 1, max: 10 }) })
    fc.assert(
      fc.property(steps, limits, (list, numbers) => {
        const places = new InFlight()
        const open: { client: typeof A; done: () => void }[] = []
        const over: (() => void)[] = []
        const isSame = (one: typeof A, other: typeof A): boolean => one.high === other.high && one.low === other.low
        for (const step of list) {
          if ('begin' in step) {
            const own = open.filter(({ client }) => isSame(client, step.begin)).length
            const done = places.enter(step.begin, numbers)
            expect(done !== undefined).toBe(own < numbers.perClient && open.length < numbers.total)
            if (done) open.push({ client: step.begin, done })
          } else {
            const [ended] = open.splice(step.end, 1)
            ended?.done()
            if (ended) over.push(ended.done)
            // Once more for one that is over: nothing may come of it.
            over[step.end]?.()
          }
          expect(places.total).toBe(open.length)
          for (const { client } of open) expect(places.of(client)).toBe(open.filter((other) => isSame(other.client, client)).length)
        }
        for (const { done } of open) done()
        expect(places.total).toBe(0)
      }),
      { numRuns: 300, interruptAfterTimeLimit: 2_000 },
    )
  })
})
