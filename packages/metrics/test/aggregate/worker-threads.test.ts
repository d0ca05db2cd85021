import { once } from 'node:events'
import { MessageChannel, Worker, type WorkerOptions } from 'node:worker_threads'
import { createRegistry } from '@postern/metrics'
import { describe, expect, test, vi } from 'vitest'
import { collectFromThreads, reportToMainThread, type ThreadCollector } from '../../src/aggregate/worker-threads.ts'
import { scrapeProtobuf } from '../support/protobuf-reader.ts'
import { sampleLines } from '../support/scrape.ts'
import { programPath, SOURCES, startProgram } from './programs/start.ts'

interface Thread extends AsyncDisposable {
  readonly worker: Worker
  /** Sends it a task and waits for its message, or its exit. */
  act(task: object): Promise<void>
}

async function startThread(options: WorkerOptions = {}): Promise<Thread> {
  const worker = new Worker(programPath('from-sources.mjs'), {
    execArgv: [...SOURCES],
    argv: [programPath('thread.ts')],
    workerData: {},
    ...options,
  })
  await once(worker, 'message')
  return {
    worker,
    async act(task) {
      const answer = Promise.race([once(worker, 'message'), once(worker, 'exit')])
      worker.postMessage(task, [])
      await answer
    },
    async [Symbol.asyncDispose]() {
      await worker.terminate()
    },
  }
}

const lines = async ({ registry }: ThreadCollector): Promise<string[]> => sampleLines(registry)

describe('threads', () => {
  test('add up, by themselves and through a channel of the program, and end without a loss', async () => {
    const registry = createRegistry()
    registry.counter({ name: 'work_total', help: 'Work.' }).inc(1)
    const { port1, port2 } = new MessageChannel()
    const collector = collectFromThreads(registry)
    collector.connect(port1)
    await using one = await startThread()
    await using other = await startThread({ workerData: { port: port2 }, transferList: [port2] })
    await Promise.all([one.act({ count: 10 }), other.act({ count: 100 })])
    expect(await lines(collector)).toEqual(
      expect.arrayContaining(['work_total 111', 'postern_thread_up{thread="1"} 1', 'load{thread="2"} 1']),
    )
    await one.act({ end: 1_000 })
    await vi.waitFor(async () => expect(await lines(collector)).toContain('postern_thread_ended_total 1'))
    expect(await lines(collector)).toContain('work_total 1111')
    await other.act({ count: 5 })
    await other.worker.terminate()
    await vi.waitFor(async () => expect(await lines(collector)).toContain('postern_thread_ended_total 2'))
    expect((await lines(collector)).filter((line) => !line.startsWith('postern_'))).toEqual(['work_total 1116'])
    collector.close()
  })

  test('have one native histogram, which NaN and infinities reach as well', async () => {
    const alone = createRegistry()
    const expected = alone.nativeHistogram({ name: 'size', help: 'Sizes.' })
    for (const value of [0.5, -1, Number.NaN, Infinity, 2, 3, 4]) expected.observe(value)
    const collector = collectFromThreads(createRegistry())
    const argv = [programPath('native-thread.ts')]
    await using one = await startThread({ argv })
    await using other = await startThread({ argv })
    await Promise.all([one.act({ observe: [0.5, -1, Number.NaN] }), other.act({ observe: [Infinity, 2] })])
    const read = async () => (await scrapeProtobuf(collector.registry)).families.find(({ name }) => name === 'size')
    expect(await read()).toMatchObject({ metric: [{ histogram: { sample_count: 5 } }] })
    await one.act({ end: [3, 4] })
    await vi.waitFor(async () => expect(await lines(collector)).toContain('postern_thread_ended_total 1'))
    expect(await read()).toEqual((await scrapeProtobuf(alone)).families[0])
    collector.close()
  })

  test('that block are not waited for', async () => {
    const collector = collectFromThreads(createRegistry(), { timeoutMilliseconds: 50 })
    await using thread = await startThread()
    await thread.act({ count: 3 })
    await thread.act({ block: 2_000 })
    const started = performance.now()
    expect(await lines(collector)).toEqual(expect.arrayContaining(['postern_thread_up{thread="1"} 0', 'work_total 3']))
    expect(performance.now() - started).toBeLessThan(1_000)
    collector.close()
  })

  test('that begin before the collector reach it later', async () => {
    await using thread = await startThread()
    const counted = thread.act({ count: 4 })
    const collector = collectFromThreads(createRegistry())
    await counted
    expect(await lines(collector)).toContain('work_total 4')
    collector.close()
  })

  test('keep nothing alive', async () => {
    await using program = startProgram('idle-main.ts')
    program.child.disconnect()
    await program.printed(/^work_total 2$/m)
    if (program.child.exitCode === null) await once(program.child, 'exit')
    expect(program.child.exitCode).toBe(0)
  }, 30_000)
})

test('reports through a port until that is closed, at either end', async () => {
  const collector = collectFromThreads(createRegistry())
  const exits = process.listenerCount('exit')
  for (const end of ['reporter', 'port'] as const) {
    const { port1, port2 } = new MessageChannel()
    collector.connect(port1)
    const registry = createRegistry()
    registry.counter({ name: 'work_total', help: 'Work.' }).inc(2)
    const reporter = reportToMainThread(registry, { port: port2 })
    expect(await reporter.flush()).toBe(true)
    expect(process.listenerCount('exit')).toBe(exits + 1)
    if (end === 'reporter') reporter.close()
    else port1.close()
    await vi.waitFor(() => expect(process.listenerCount('exit')).toBe(exits))
  }
  expect(await lines(collector)).toEqual(expect.arrayContaining(['work_total 4', 'postern_thread_ended_total 2']))
  collector.close()
})

test('the main thread has nobody to report to', () => {
  expect(() => reportToMainThread(createRegistry())).toThrow(
    'reportToMainThread was called in the main thread. Call it in threads: if (!isMainThread) …',
  )
})

test('importing listens to nothing, and closing to nothing any more', () => {
  const before = process.listenerCount('workerMessage')
  const collector = collectFromThreads(createRegistry())
  expect(process.listenerCount('workerMessage')).toBe(before + 1)
  process.emit('workerMessage', { postern: '@postern/metrics/1', type: 'port', port: 5 }, 1)
  collector.close()
  expect(process.listenerCount('workerMessage')).toBe(before)
})
