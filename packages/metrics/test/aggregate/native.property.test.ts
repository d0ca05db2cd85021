import { createRegistry } from '@postern/metrics'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { NativeHistogramState } from '../../src/distributions/native-histogram.ts'
import type { NativeHistogramOptions } from '../../src/distributions/native-options.ts'
import type { HistogramExtra } from '../../src/series/histogram-extra.ts'
import { naiveBuckets, readBuckets } from '../distributions/oracle.ts'
import { createPool } from './support.ts'

const MAKES: readonly NativeHistogramOptions[] = [
  { schema: 3 },
  { schema: 1, zeroThreshold: 1.3, maxBuckets: 1, minResetMilliseconds: 50 },
  { schema: 8, zeroThreshold: 0, maxBuckets: 2, minResetMilliseconds: 20, maxZeroThreshold: 2 },
]
const ROUTES = ['/', '/a']

const value = fc.oneof(
  fc.double({ min: -8, max: 8, noNaN: true }),
  fc.constantFrom(0, 1, -1, 1.3, 2, 1e9, Infinity, -Infinity, Number.NaN, 5e-324),
)
const worker = fc.nat(MAKES.length - 1)
const steps = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.record({ type: fc.constant('observe' as const), worker, route: fc.constantFrom(...ROUTES), value }) },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('wait' as const), milliseconds: fc.constantFrom(1, 30, 60) }) },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('scrape' as const) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('end' as const), worker, isOrderly: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('resync' as const), worker }) },
  ),
  { minLength: 10, maxLength: 60 },
)

type Step = typeof steps extends fc.Arbitrary<readonly (infer One)[]> ? One : never

/** Past its limit of one bucket, and long after its birth. */
const RESET: Step[] = [
  { type: 'observe', worker: 1, route: '/', value: 2 },
  { type: 'scrape' },
  { type: 'wait', milliseconds: 60 },
  { type: 'observe', worker: 1, route: '/', value: 8 },
]

/** What one worker counts of one route, and how much of it has been told. */
class Series {
  values: number[] = []
  told: readonly number[] = []
  #resets = 0

  observe(given: number, resets: number): readonly number[] {
    const lost = resets === this.#resets ? [] : this.told
    if (resets !== this.#resets) Object.assign(this, { values: [], told: [] })
    this.#resets = resets
    this.values.push(given)
    return lost
  }
}

test('native histograms of all workers hold what was told, whoever ends or begins anew, and their counts never shrink', async () => {
  let resets = 0
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      let now = 1_000
      using pool = createPool()
      const base = new Map<string, number[]>(ROUTES.map((route) => [route, []]))
      const add = (make: NativeHistogramOptions) => {
        const registry = createRegistry({ wallClock: () => now })
        const histogram = registry.nativeHistogram({ name: 'h', help: 'H.', labelNames: ['route'], buckets: [1], ...make })
        const series = new Map(ROUTES.map((route) => [route, new Series()]))
        // Whether a worker has reported by itself before it ends is for the event loop to say.
        const hear = (message: object): boolean => {
          if ('changes' in message) for (const one of series.values()) one.told = [...one.values]
          return false
        }
        return { make, histogram, member: pool.add({ registry, lose: hear }), series }
      }
      const workers = MAKES.map(add)
      const shown = new Map<string, number>()
      const scrape = async (): Promise<void> => {
        const family = (await pool.collector.registry.snapshot()).find(({ name }) => name === 'h')
        for (const { labels, values, native } of family?.series ?? []) {
          const route = labels[0]!
          const told = [...base.get(route)!, ...workers.flatMap(({ series }) => series.get(route)!.told)]
          const { schema, zeroThreshold, count, sum } = native!
          expect(readBuckets(native!)).toEqual(naiveBuckets(told, schema, zeroThreshold))
          expect([count, values[0]! + values[1]!]).toEqual([told.length, told.length])
          const total = told.reduce((one, other) => one + other, 0)
          if (Number.isFinite(total)) expect(sum).toBeCloseTo(total, 3)
          else expect(sum).toBe(total)
          expect(count).toBeGreaterThanOrEqual(shown.get(route) ?? 0)
          shown.set(route, count)
        }
        expect(family?.series.length ?? 0).toBe(ROUTES.filter((route) => (shown.get(route) ?? 0) > 0).length)
      }
      for (const step of all) {
        if (step.type === 'observe') {
          const { histogram, series } = workers[step.worker]!
          histogram.observe({ route: step.route }, step.value)
          const slot = histogram.family.store.slotOf({ route: step.route })
          const extra = histogram.family.store.segmentOf(slot).extras?.[slot] as HistogramExtra
          const lost = series.get(step.route)!.observe(step.value, (extra.native as NativeHistogramState).resets)
          resets += lost.length
          base.get(step.route)!.push(...lost)
        } else if (step.type === 'wait') {
          now += step.milliseconds
        } else if (step.type === 'end') {
          const { make, member, series } = workers[step.worker]!
          if (step.isOrderly) member.reporter.reportNow()
          await member.kill()
          if (step.isOrderly) for (const { values, told } of series.values()) expect(told).toEqual(values)
          for (const [route, { told }] of series) base.get(route)!.push(...told)
          workers[step.worker] = add(make)
        } else if (step.type === 'resync') {
          workers[step.worker]!.member.reporter.receive({ postern: '@postern/metrics/1', type: 'resync' })
        } else {
          await scrape()
        }
      }
      await scrape()
    }),
    { numRuns: 150, interruptAfterTimeLimit: 2_500, examples: [[RESET]] },
  )
  // Or it would show nothing of them.
  expect(resets).toBeGreaterThan(0)
})
