import { createRegistry } from '@postern/metrics'
import { expect, test } from 'vitest'
import { RuntimeScope } from '../../src/runtime/scope.ts'
import { observeUtilization } from '../../src/runtime/utilization.ts'
import { sampleLines } from '../support/scrape.ts'

test('tells the time at work and at rest, and the share since the scrape before', async () => {
  const registry = createRegistry()
  const readings = [
    { active: 1000, idle: 3000, utilization: 0.25 },
    { active: 4000, idle: 3000, utilization: 0.57 },
    { active: 4000, idle: 3000, utilization: 0.57 },
  ]
  observeUtilization(new RuntimeScope(registry, ''), () => readings.shift() ?? { active: 0, idle: 0, utilization: 0 })
  const lines = (active: number, idle: number, share: number): string[] => [
    `nodejs_eventloop_time_seconds_total{state="active"} ${active}`,
    `nodejs_eventloop_time_seconds_total{state="idle"} ${idle}`,
    `nodejs_eventloop_utilization ${share}`,
  ]
  expect(await sampleLines(registry)).toEqual(lines(1, 3, 0.25))
  expect(await sampleLines(registry)).toEqual(lines(4, 3, 1))
  expect(await sampleLines(registry)).toEqual(lines(4, 3, 1))
  expect(await sampleLines(registry)).toEqual(lines(4, 3, 1))
})
