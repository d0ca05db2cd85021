import { fork } from 'node:child_process'
import cluster from 'node:cluster'
import { once } from 'node:events'
import { createRegistry } from '@postern/metrics'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { collectFromCluster, type ParentChannel, reportToPrimary } from '../../src/aggregate/cluster.ts'
import { sampleLines } from '../support/scrape.ts'
import { readExposition } from '../support/strict-reader.ts'
import { FROM_SOURCES, type Program, programPath, startProgram } from './programs/start.ts'

describe('a service of several processes', () => {
  let program: Program
  let url = ''

  const scrape = async (): Promise<Map<string, number>> => {
    const families = readExposition(await (await fetch(`${url}/metrics`)).text(), 'text')
    const samples = families.flatMap(({ samples }) => samples)
    return new Map(samples.map(({ name, labels, value }) => [[name, ...Object.values(labels)].join(' '), value]))
  }
  const post = async (path: string): Promise<void> => void (await fetch(url + path, { method: 'POST' }))
  const scrapeUntil = (holds: (samples: Map<string, number>) => boolean): Promise<Map<string, number>> =>
    vi.waitFor(
      async () => {
        const samples = await scrape()
        if (!holds(samples)) throw new Error('it never came')
        return samples
      },
      { timeout: 10_000 },
    )

  beforeAll(async () => {
    program = startProgram('cluster-service.ts')
    const [, port] = await program.printed(/listening on (\d+)/)
    url = `http://127.0.0.1:${port}`
    await post('/fork')
    await post('/fork')
    await scrapeUntil((samples) => samples.get('postern_worker_up 3') === 1)
  }, 30_000)

  afterAll(() => program[Symbol.asyncDispose]())

  test('shows the sums, and each worker by its number, those that began before the collector too', async () => {
    for (const [worker, by] of [
      [1, 1],
      [2, 20],
      [3, 300],
    ] as const) {
      await post(`/count?worker=${worker}&by=${by}`)
    }
    const samples = await scrape()
    expect(samples.get('handled_total')).toBe(321)
    expect(samples.get('size_bytes_count')).toBe(321)
    expect(samples.get('size_bytes_bucket 10')).toBe(1 + 11 + 11)
    expect(samples.get('pid primary')).toBe(program.child.pid)
    expect(new Set([1, 2, 3].map((worker) => samples.get(`pid ${worker}`))).size).toBe(3)
    expect(samples.get('postern_worker_messages_refused_total')).toBe(0)
  })

  test('answers in time while a worker blocks, and tells which', async () => {
    await post('/block?worker=2&by=3000')
    const started = performance.now()
    const samples = await scrape()
    expect(performance.now() - started).toBeLessThan(2_000)
    const ups = [1, 2, 3].map((worker) => samples.get(`postern_worker_up ${worker}`))
    expect(ups.filter((up) => up === 1)).toHaveLength(2)
    expect(ups).toContain(0)
    expect(samples.get('handled_total')).toBe(321)
    const recovered = await scrapeUntil((all) => [1, 2, 3].every((worker) => all.get(`postern_worker_up ${worker}`) === 1))
    expect([1, 2, 3].map((worker) => recovered.get(`postern_worker_scrape_timeouts_total ${worker}`) ?? 0).some((count) => count > 0)).toBe(
      true,
    )
  })

  test('never shows a smaller sum while workers are killed in traffic, and loses nothing that was reported', async () => {
    const sums: number[] = []
    const traffic = new AbortController()
    const polling = (async () => {
      while (!traffic.signal.aborted) sums.push((await scrape()).get('handled_total') ?? Number.NaN)
    })()
    let next = 4
    for (let round = 0; round < 3; round += 1) {
      const victim = next - 1
      await Promise.all([post(`/count?worker=${victim}&by=1000`), post('/count?worker=1&by=10')])
      await post(`/kill?worker=${victim}`)
      await post('/fork')
      next += 1
      const total = 321 + (round + 1) * 1_010
      expect((await scrapeUntil((samples) => samples.get('postern_worker_ended_total') === round + 1)).get('handled_total')).toBe(total)
    }
    traffic.abort()
    await polling
    expect(sums).toEqual(sums.toSorted((one, other) => one - other))
    const samples = await scrapeUntil((all) => all.get('postern_worker_up 3') === 1)
    expect([...samples.keys()].filter((key) => key.startsWith('postern_worker_up '))).toHaveLength(3)
  })

  test('has the last counts of workers that exit or say goodbye', async () => {
    const before = (await scrape()).get('handled_total') ?? Number.NaN
    await post('/exit?worker=6&by=5')
    await post('/leave?worker=2&by=70')
    const samples = await scrapeUntil((all) => all.get('postern_worker_ended_total') === 5)
    expect(samples.get('handled_total')).toBe(before + 75)
  })
})

test('a process without a primary has nobody to report to', () => {
  expect(() => reportToPrimary(createRegistry(), { channel: { connected: false, on: () => {}, off: () => {} } })).toThrow(
    'reportToPrimary was called in a process without a primary. Call it in workers: if (cluster.isWorker) …',
  )
})

test('importing listens to nothing, and closing to nothing any more', () => {
  const counts = (): number[] => [cluster.listenerCount('message'), cluster.listenerCount('disconnect')]
  expect(counts()).toEqual([0, 0])
  const collector = collectFromCluster(createRegistry())
  expect(counts()).toEqual([1, 1])
  collector.close()
  expect(counts()).toEqual([0, 0])
})

test('collects from the workers of this very process, and stops with a channel that ends', async () => {
  const registry = createRegistry()
  const collector = collectFromCluster(registry)
  cluster.setupPrimary({ exec: programPath('reporting-worker.ts'), execArgv: [...FROM_SOURCES], silent: true })
  const worker = cluster.fork()
  try {
    worker.send({ hello: 'of another library' })
    await once(worker, 'message')
    expect(await sampleLines(collector.registry)).toContain('work_total 7')
    worker.process.kill('SIGKILL')
    await once(worker, 'disconnect')
    expect(await sampleLines(collector.registry)).toContain('work_total 7')
    expect(await sampleLines(collector.registry)).toContain('postern_worker_ended_total 1')
  } finally {
    worker.process.kill('SIGKILL')
    collector.close()
  }
})

test('reports through any channel like that of a process, until it ends', async () => {
  const child = fork(programPath('collecting-parent.ts'), { execArgv: [...FROM_SOURCES], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  try {
    await once(child, 'message')
    const registry = createRegistry()
    registry.counter({ name: 'work_total', help: 'Work.' }).inc(5)
    const channel = child as unknown as ParentChannel
    const reporter = reportToPrimary(registry, { channel })
    expect(await reporter.flush(5_000)).toBe(true)
    const answer = new Promise<unknown>((resolve) => {
      child.on('message', (message) => {
        if (typeof message === 'object' && 'lines' in message) resolve(message.lines)
      })
    })
    child.send({ scrape: true })
    expect(await answer).toContain('work_total 5')
    const exits = process.listenerCount('exit')
    child.disconnect()
    await once(child, 'exit')
    expect(process.listenerCount('exit')).toBe(exits - 1)
    expect(await reporter.flush(5)).toBe(false)
    reporter.close()
  } finally {
    child.kill('SIGKILL')
  }
}, 30_000)
