import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createPace } from '../../src/kubernetes/pace.ts'

test('lets so many through at once, and as many as time brings after them', () => {
  let now = 1_000
  const pace = createPace(20, 30, () => now)
  const count = (): number => Array.from({ length: 100 }, pace).filter(Boolean).length
  expect(count()).toBe(30)
  now += 49
  expect(count()).toBe(0)
  now += 1
  expect(count()).toBe(1)
  now += 1_000
  expect(count()).toBe(20)
  now += 3_600_000
  expect(count()).toBe(30)
})

test('in no stretch of time lets through more than a burst and what the stretch brings', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 200 }), (steps) => {
      let now = 0
      const pace = createPace(20, 30, () => now)
      let passed = 0
      for (const step of steps) {
        now += step
        if (pace()) passed += 1
      }
      expect(passed).toBeLessThanOrEqual(30 + now / 50 + 1e-6)
    }),
    { numRuns: 300, interruptAfterTimeLimit: 1_000 },
  )
})
