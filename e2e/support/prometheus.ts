/** A real Prometheus with a configuration file that nobody edits, and what it says of its targets. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { binary } from './binaries.ts'
import { freePort, type RunningProcess, startProcess } from './process.ts'

export interface Target {
  readonly job: string
  readonly health: 'up' | 'down' | 'unknown'
  readonly lastError: string
  readonly instance: string
}

export interface Prometheus extends AsyncDisposable {
  readonly process: RunningProcess
  targets(): Promise<readonly Target[]>
  /** Values of an instant query by the job of each series. */
  query(expression: string): Promise<ReadonlyMap<string, number>>
}

export interface PrometheusOptions {
  /** Path of the program. Default: the system's own. */
  readonly server?: string
  /** Further arguments. */
  readonly flags?: readonly string[]
}

export async function startPrometheus(configFile: string, options: PrometheusOptions = {}): Promise<Prometheus> {
  const { server = binary('prometheus'), flags = [] } = options
  const storage = await mkdtemp(join(tmpdir(), 'postern-prometheus-'))
  const port = await freePort()
  const process = startProcess(server, [
    `--config.file=${configFile}`,
    `--storage.tsdb.path=${storage}`,
    `--web.listen-address=127.0.0.1:${port}`,
    ...flags,
  ])
  await process.printed(/Server is ready to receive web requests/)
  const get = async (path: string): Promise<Answer> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`)
    return (await response.json()) as Answer
  }
  return {
    process,
    async targets() {
      const { data } = await get('/api/v1/targets?state=active')
      return (data.activeTargets ?? []).map(({ labels, health, lastError }) => ({
        job: labels['job'] ?? '',
        instance: labels['instance'] ?? '',
        health,
        lastError,
      }))
    },
    async query(expression) {
      const { data } = await get(`/api/v1/query?query=${encodeURIComponent(expression)}`)
      return new Map((data.result ?? []).map(({ metric, value }) => [metric['job'] ?? '', Number(value[1])]))
    },
    async [Symbol.asyncDispose]() {
      await process.end()
      await rm(storage, { recursive: true, force: true })
    },
  }
}

interface Answer {
  readonly data: {
    readonly activeTargets?: readonly { labels: Record<string, string>; health: Target['health']; lastError: string }[]
    readonly result?: readonly { metric: Record<string, string>; value: [number, string] }[]
  }
}

/** Asks until `holds`, every quarter of a second: Prometheus tells nobody when it has scraped. Fails with what was seen last. */
export async function eventually<T>(ask: () => Promise<T>, holds: (value: T) => boolean, milliseconds = 30_000): Promise<T> {
  const end = Date.now() + milliseconds
  for (;;) {
    const value = await ask()
    if (holds(value)) return value
    if (Date.now() > end)
      throw new Error(`not within ${milliseconds} ms; last seen: ${JSON.stringify(value instanceof Map ? [...value] : value)}`)
    await wait(250)
  }
}

/** Every target scraped at least once, all of them up. */
export const allUp =
  (count: number) =>
  (targets: readonly Target[]): boolean =>
    targets.length === count && targets.every((target) => target.health === 'up')
