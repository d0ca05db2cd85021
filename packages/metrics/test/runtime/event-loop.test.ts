import { createRegistry } from '@postern/metrics'
import { afterEach, expect, test, vi } from 'vitest'
import { type EventLoopOptions, observeEventLoop } from '../../src/runtime/event-loop.ts'
import { RuntimeScope } from '../../src/runtime/scope.ts'
import { sampleLines } from '../support/scrape.ts'

afterEach(() => {
  vi.useRealTimers()
})

function fakeMonitor(): NonNullable<EventLoopOptions['monitor']> & { count: number } {
  return {
    count: 0,
    min: 1e9,
    max: 2e9,
    mean: 3e9,
    stddev: 4e9,
    percentile: (share) => share * 1e9,
    enable: vi.fn(() => true),
    disable: vi.fn(() => true),
    reset: vi.fn(),
  }
}

test('tells its own delay and those since the last scrape, in seconds, and keeps the last reading when there is no new one', async () => {
  const registry = createRegistry()
  const scope = new RuntimeScope(registry, '')
  const monitor = fakeMonitor()
  let milliseconds = 0
  observeEventLoop(scope, { resolution: 10, now: () => (milliseconds += 5), monitor })
  const delays = (values: number[]): string[] =>
    ['', '_min', '_max', '_mean', '_stddev', '_p50', '_p90', '_p99'].map(
      (name, index) => `nodejs_eventloop_lag${name}_seconds ${values[index]}`,
    )
  expect(await sampleLines(registry)).toEqual(delays([0.005, 0, 0, 0, 0, 0, 0, 0]))
  monitor.count = 1
  expect(await sampleLines(registry)).toEqual(delays([0.005, 1, 2, 3, 4, 50, 90, 99]))
  monitor.count = 0
  expect(await sampleLines(registry)).toEqual(delays([0.005, 1, 2, 3, 4, 50, 90, 99]))
  expect(monitor.reset).toHaveBeenCalledTimes(3)
  scope.stop()
  expect([monitor.enable, monitor.disable].map((spy) => vi.mocked(spy).mock.calls.length)).toEqual([1, 1])
})

test('does not hang where the timers of the program are faked', async () => {
  vi.useFakeTimers()
  const registry = createRegistry()
  const scope = new RuntimeScope(registry, '')
  observeEventLoop(scope, { resolution: 10, now: () => performance.now() })
  expect(await sampleLines(registry)).toHaveLength(8)
  scope.stop()
})
