import { createRegistry } from '@postern/metrics'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createPool, type TestWorker } from './support.ts'

const WORKERS = 4
const ROUTES = ['/', '/a', '/b']

/** What happens to a pool, in any order: an increment, a scrape, an end, a new worker. */
const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        type: fc.constant('inc' as const),
        worker: fc.nat(WORKERS - 1),
        route: fc.constantFrom(...ROUTES),
        value: fc.integer({ min: 0, max: 2 ** 40 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('scrape' as const) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('kill' as const), worker: fc.nat(WORKERS - 1) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('resync' as const), worker: fc.nat(WORKERS - 1) }) },
  ),
  { maxLength: 30 },
)

test('the sum of all workers is that of everything they were told, whoever has ended in between, and never shrinks', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      using pool = createPool()
      const add = () => {
        const worker = pool.add()
        return {
          worker,
          counter: worker.registry.counter({ name: 'x_total', help: 'X.', labelNames: ['route'] }),
          histogram: worker.registry.histogram({ name: 'h', help: 'H.', buckets: [2 ** 20] }),
        }
      }
      const workers = Array.from({ length: WORKERS }, add)
      const sums = new Map<string, number>()
      let [below, count, sum] = [0, 0, 0]
      for (const step of all) {
        if (step.type === 'inc') {
          workers[step.worker]!.counter.inc({ route: step.route }, step.value)
          workers[step.worker]!.histogram.observe(step.value)
          sums.set(step.route, (sums.get(step.route) ?? 0) + step.value)
          if (step.value <= 2 ** 20) below += 1
          count += 1
          sum += step.value
        } else if (step.type === 'kill') {
          const { worker } = workers[step.worker]!
          worker.reporter.reportNow()
          await worker.kill()
          workers[step.worker] = add()
        } else if (step.type === 'resync') {
          workers[step.worker]!.worker.reporter.receive({ postern: '@postern/metrics/1', type: 'resync' })
        } else {
          const expected = [...sums].map(([route, value]) => `x_total{route="${route}"} ${value}`)
          expected.push(`h_bucket{le="1048576"} ${below}`, `h_bucket{le="+Inf"} ${count}`, `h_sum ${sum}`, `h_count ${count}`)
          expect((await pool.lines()).sort()).toEqual(expected.sort())
        }
      }
    }),
    { numRuns: 200, interruptAfterTimeLimit: 3_000 },
  )
})

test('gauges are what the naive rule makes of the values', async () => {
  const rules = {
    sum: (values: number[]) => values.reduce((one, other) => one + other),
    min: (values: number[]) => Math.min(...values),
    max: (values: number[]) => Math.max(...values),
    average: (values: number[]) => values.reduce((one, other) => one + other) / values.length,
    first: (values: number[]) => values[0]!,
  }
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...(Object.keys(rules) as (keyof typeof rules)[])),
      fc.array(fc.double(), { minLength: 1, maxLength: 6 }),
      async (aggregation, values) => {
        using pool = createPool()
        const workers: TestWorker[] = []
        for (const value of values) {
          const registry = createRegistry()
          registry.gauge({ name: 'g', help: 'G.', aggregation }).set(value)
          workers.push(pool.add({ registry }))
        }
        const snapshot = (await pool.collector.registry.snapshot()).find(({ name }) => name === 'g')
        // There is no zero below zero in JSON, and none in an exposition.
        expect((snapshot?.series[0]?.values[0] ?? Number.NaN) + 0).toBe(rules[aggregation](values.map((value) => value + 0)) + 0)
      },
    ),
    { numRuns: 200, interruptAfterTimeLimit: 3_000 },
  )
})
