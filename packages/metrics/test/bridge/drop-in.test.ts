import { createRegistry } from '@postern/metrics'
import { expect, test } from 'vitest'
import { fromPromClient } from '../../src/bridge/index.ts'
import { Counter, Gauge, Registry } from '../../src/prom-client/index.ts'
import { sampleLines } from '../support/scrape.ts'

test("the drop-in's registry is shown beside ours, without what it tells of itself", async () => {
  const register = new Registry()
  new Counter({ name: 'orders_total', help: 'Orders.', labelNames: ['kind'], registers: [register] }).inc({ kind: 'a' }, 2)
  const collect = (): Promise<void> => Promise.reject(new Error('no'))
  expect(new Gauge({ name: 'bad', help: 'B.', registers: [register], collect })).toBeDefined()
  const registry = createRegistry()
  registry.include(fromPromClient(register))
  for (const _ of [1, 2]) expect(await sampleLines(registry)).toEqual(['orders_total{kind="a"} 2'])
})
