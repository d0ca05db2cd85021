/** What the tests of HTTP metrics share: metrics on a fresh registry, and a way to wait until a server has nothing left to answer. */
import { setImmediate } from 'node:timers/promises'
import { createRegistry, type Registry } from '@postern/metrics'
import { createHttpMetrics, type HttpMetrics, type HttpMetricsOptions } from '../../src/http/index.ts'
import { sampleLines } from '../support/scrape.ts'

export interface Measured {
  readonly registry: Registry
  readonly metrics: HttpMetrics
  readonly warnings: string[]
  /** Requests that are over, as `GET /users/:id 200` with their number. */
  readonly counts: () => Promise<Record<string, number>>
  /** What one series holds; undefined when there is none. `sample` is written as in an exposition. */
  readonly value: (sample: string) => Promise<number | undefined>
  /** Answers when so many requests are in flight. */
  readonly running: (requests: number) => Promise<void>
  /** Answers when so many requests are over and none is in flight. */
  readonly settled: (requests: number) => Promise<void>
}

/** Milliseconds. */
const PATIENCE = 5000

export function measure(options: HttpMetricsOptions = {}): Measured {
  const registry = createRegistry()
  const warnings: string[] = []
  const metrics = createHttpMetrics(registry, { onWarning: (message) => warnings.push(message), ...options })
  const lines = (): Promise<string[]> => sampleLines(registry)
  const counts = async (): Promise<Record<string, number>> => {
    const entries = (await lines()).flatMap((line): [string, number][] => {
      const found = /^http_requests_total\{method="(.*)",route="(.*)",status="(.*)"\} (\d+)$/.exec(line)
      return found === null ? [] : [[`${found[1]} ${found[2]} ${found[3]}`, Number(found[4])]]
    })
    return Object.fromEntries(entries)
  }
  const value = async (sample: string): Promise<number | undefined> => {
    const line = (await lines()).find((line) => line.startsWith(`${sample} `))
    return line === undefined ? undefined : Number(line.slice(sample.length + 1))
  }
  const over = async (): Promise<number> => Object.values(await counts()).reduce((sum, count) => sum + count, 0)
  const until = async (isSo: () => Promise<boolean>): Promise<void> => {
    const end = performance.now() + PATIENCE
    while (!(await isSo())) {
      if (performance.now() > end) throw new Error(`${await over()} requests are over, ${await value('http_requests_in_flight')} in flight`)
      await setImmediate()
    }
  }
  const running = (requests: number): Promise<void> => until(async () => (await value('http_requests_in_flight')) === requests)
  const settled = async (requests: number): Promise<void> => {
    await until(async () => (await over()) >= requests && (await value('http_requests_in_flight')) === 0)
    if ((await over()) !== requests) throw new Error(`${await over()} requests were counted where ${requests} were sent`)
  }
  return { registry, metrics, warnings, counts, value, running, settled }
}
