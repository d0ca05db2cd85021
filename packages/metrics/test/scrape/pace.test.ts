import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Pace, UNHURRIED_BYTES_PER_SECOND } from '../../src/scrape/pace.ts'

type Step = readonly [milliseconds: number, bytes: number]

/** What a client has kept waiting that takes, after each of these times, what it was given before and is given so many bytes more. */
function waitedAfter(steps: readonly Step[], pause = 0): number {
  let now = 0
  const pace = new Pace(now)
  for (const [milliseconds, bytes] of steps) {
    now += milliseconds
    pace.asked(now)
    pace.gave(bytes, now)
  }
  return pace.waited(now + pause)
}

const SECOND = UNHURRIED_BYTES_PER_SECOND

const times = (count: number, step: Step): Step[] => Array.from({ length: count }, () => step)

describe('what a client has kept waiting', () => {
  test.each<{ name: string; steps: readonly Step[]; pause?: number; waited: number }>([
    { name: 'is the time since the body was there, when it asks for nothing', steps: [], pause: 700, waited: 700 },
    { name: 'is the time since it was given something', steps: [[0, 1]], pause: 5_000, waited: 5_000 },
    {
      name: 'is nothing at the pace of a quarter of a megabyte a second',
      steps: [[0, SECOND], ...times(60, [1_000, SECOND])],
      waited: 0,
    },
    {
      name: 'adds up when it is slower',
      steps: [
        [0, SECOND / 2],
        [1_000, SECOND / 2],
        [1_000, 0],
      ],
      waited: 1_000,
    },
    { name: 'adds up when it takes a byte each second', steps: [[0, 1], ...times(5, [1_000, 1])], waited: 5_000 - 5_000 / SECOND },
    { name: 'is not paid beforehand by a burst', steps: times(100, [0, SECOND]), pause: 5_000, waited: 5_000 },
    {
      name: 'is paid off by a burst that comes after it',
      steps: [
        [0, 0],
        [4_000, 10 * SECOND],
        [100, 0],
      ],
      waited: 0,
    },
  ])('$name', ({ steps, pause, waited }) => {
    expect(waitedAfter(steps, pause)).toBeCloseTo(waited, 6)
  })

  test('is nothing while it waits itself', () => {
    const pace = new Pace(0)
    pace.asked(900)
    expect(pace.waited(10_000)).toBe(0)
    pace.gave(1, 10_000)
    expect(pace.waited(10_100)).toBe(1_000)
  })

  test('is never more than one pause for a client that takes each piece in the time allowed for it', () => {
    const piece = fc.tuple(fc.integer({ min: 1, max: 1_000_000 }), fc.double({ min: 0, max: 1, noNaN: true }))
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 50 }), (pieces) => {
        let now = 0
        const pace = new Pace(now)
        for (const [bytes, share] of pieces) {
          pace.asked(now)
          pace.gave(bytes, now)
          const allowed = (bytes / SECOND) * 1_000
          now += share * allowed
          expect(pace.waited(now)).toBeLessThanOrEqual(allowed + 1e-6)
        }
      }),
      { numRuns: 300 },
    )
  })
})
