import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nextArrival, type Rate, waitFor } from '../../src/limits/rate.ts'

/** The same limit as people draw it: a bucket that fills up, from which each request takes one. */
function bucketOf({ intervalMilliseconds, burst }: Rate): (now: number) => number {
  let tokens = burst
  let at = 0
  return (now) => {
    tokens = Math.min(burst, tokens + (now - at) / intervalMilliseconds)
    at = now
    if (tokens < 1 - 1e-6) return (1 - tokens) * intervalMilliseconds
    tokens -= 1
    return 0
  }
}

/** One request after the other: how long each is told to wait. */
function limiterOf(rate: Rate): (now: number) => number {
  let arrival = 0
  return (now) => {
    const wait = waitFor(rate, arrival, now)
    if (wait === 0) arrival = nextArrival(rate, arrival, now)
    return wait
  }
}

describe('a rate', () => {
  test.each([
    { name: 'a burst at once and no more', times: [0, 0, 0, 0], waits: [0, 0, 0, 1000] },
    { name: 'one for each interval after a burst', times: [0, 0, 0, 999, 1000, 1000], waits: [0, 0, 0, 1, 0, 1000] },
    { name: 'a burst again after a pause as long as it', times: [0, 0, 0, 3000, 3000, 3000, 3000], waits: [0, 0, 0, 0, 0, 0, 1000] },
    { name: 'whoever comes in time for ever', times: [0, 1000, 2000, 3000, 4000, 5000], waits: [0, 0, 0, 0, 0, 0] },
    { name: 'what was refused is not counted', times: [0, 0, 0, 500, 600, 700, 1000], waits: [0, 0, 0, 500, 400, 300, 0] },
  ])('lets $name', ({ times, waits }) => {
    const ask = limiterOf({ intervalMilliseconds: 1000, burst: 3 })
    expect(times.map(ask)).toEqual(waits)
  })

  test('lets a burst of fractions in whole', () => {
    const ask = limiterOf({ intervalMilliseconds: 1000 / 7, burst: 1000 })
    const waits = Array.from({ length: 1001 }, () => ask(123_456_789.123))
    expect([waits.slice(0, 1000).every((wait) => wait === 0), (waits[1000] ?? 0) > 0]).toEqual([true, true])
  })

  test('takes an arrival of another rate for an empty bucket, and not for one that is empty for hours', () => {
    expect(waitFor({ intervalMilliseconds: 1000, burst: 3 }, 9_999_999, 0)).toBe(1000)
  })

  test('may be used in part', () => {
    const rate = { intervalMilliseconds: 1000, burst: 4 }
    const arrival = nextArrival(rate, nextArrival(rate, 0, 0), 0)
    expect([waitFor(rate, arrival, 0, 2), waitFor(rate, arrival, 0)]).toEqual([1000, 0])
  })

  test('is a bucket of tokens', () => {
    const rates = fc.record({
      intervalMilliseconds: fc.double({ min: 0.5, max: 5000, noNaN: true }),
      burst: fc.integer({ min: 1, max: 20 }),
    })
    const pauses = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20_000 })), { maxLength: 100 })
    fc.assert(
      fc.property(rates, pauses, (rate, list) => {
        const [ours, naive] = [limiterOf(rate), bucketOf(rate)]
        let now = 0
        for (const pause of list) {
          now += pause
          expect(ours(now)).toBeCloseTo(naive(now), 2)
        }
      }),
      { numRuns: 300, interruptAfterTimeLimit: 2_000 },
    )
  })
})
