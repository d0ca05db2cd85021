import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createPusher, PushError, pushEvery } from '../../src/push/index.ts'
import { startRecorder } from './recorder.ts'

/** A pusher whose pushes end when the test says so. */
function createHeldPusher(): {
  pusher: { push(): Promise<void>; add(): Promise<void> }
  log: string[]
  settle: (error?: Error) => Promise<void>
} {
  const log: string[] = []
  const waiting: ((error?: Error) => void)[] = []
  const start = (method: string) => (): Promise<void> => {
    log.push(method)
    return new Promise((resolve, reject) => waiting.push((error) => (error === undefined ? resolve() : reject(error))))
  }
  const settle = async (error?: Error): Promise<void> => {
    waiting.shift()?.(error)
    await new Promise<void>((done) => setImmediate(done))
  }
  return { pusher: { push: start('push'), add: start('add') }, log, settle }
}

const NO_ERROR = (error: unknown): void => {
  throw new Error('a push failed', { cause: error })
}

describe('pushing every minute', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
  afterEach(() => void vi.useRealTimers())
  const every = { intervalMilliseconds: 60_000 }

  test('begins after a minute, and leaves out the minute in which a push still runs', async () => {
    const { pusher, log, settle } = createHeldPusher()
    pushEvery(pusher, { ...every, onError: NO_ERROR })
    vi.advanceTimersByTime(59_999)
    expect(log).toEqual([])
    vi.advanceTimersByTime(1)
    expect(log).toEqual(['push'])
    vi.advanceTimersByTime(120_000)
    expect(log).toEqual(['push'])
    await settle()
    vi.advanceTimersByTime(60_000)
    expect(log).toEqual(['push', 'push'])
  })

  test('tells of a push that failed, and goes on', async () => {
    const { pusher, log, settle } = createHeldPusher()
    const errors: unknown[] = []
    pushEvery(pusher, { ...every, onError: (error) => errors.push(error) })
    vi.advanceTimersByTime(60_000)
    const error = new PushError('unreachable', 'Gone.')
    await settle(error)
    expect(errors).toEqual([error])
    vi.advanceTimersByTime(60_000)
    expect(log).toHaveLength(2)
  })

  test.each<{ name: string; onError: (error: unknown) => unknown }>([
    { name: 'throws', onError: NO_ERROR },
    { name: 'rejects', onError: async (error: unknown) => NO_ERROR(error) },
  ])('goes on when the one who is told $name', async ({ onError }) => {
    const { pusher, log, settle } = createHeldPusher()
    pushEvery(pusher, { ...every, onError })
    vi.advanceTimersByTime(60_000)
    await settle(new Error('no'))
    vi.advanceTimersByTime(60_000)
    expect(log).toHaveLength(2)
  })

  test('adds, when asked to', () => {
    const { pusher, log } = createHeldPusher()
    pushEvery(pusher, { ...every, onError: NO_ERROR, method: 'add' })
    vi.advanceTimersByTime(60_000)
    expect(log).toEqual(['add'])
  })

  test('stops with one last push, however often it is stopped', async () => {
    const { pusher, log, settle } = createHeldPusher()
    const schedule = pushEvery(pusher, { ...every, onError: NO_ERROR })
    const stopped = schedule.stop()
    expect(schedule.stop()).toBe(stopped)
    expect(log).toEqual(['push'])
    await settle()
    await stopped
    expect(vi.getTimerCount()).toBe(0)
  })

  test('stops in peace when the last push fails, which is told', async () => {
    const { pusher, settle } = createHeldPusher()
    const errors: unknown[] = []
    const stopped = pushEvery(pusher, { ...every, onError: (error) => errors.push(error) }).stop()
    await settle(new Error('no'))
    await stopped
    expect(errors).toEqual([new Error('no')])
  })
})

test('the timer does not keep the process alive', async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  const before = timers()
  const schedule = pushEvery(createHeldPusher().pusher, { intervalMilliseconds: 60_000, onError: NO_ERROR })
  expect(timers()).toBe(before)
  void schedule.stop()
})

test('the last push holds what came after the one under way', async () => {
  let value = 1
  let arrived = (): void => {}
  const first = new Promise<void>((resolve) => {
    arrived = resolve
  })
  await using gateway = await startRecorder({
    answer(response) {
      arrived()
      setImmediate(() => response.end())
    },
  })
  const registry = { render: async () => ({ contentType: 'text/plain', body: `x ${value}\n` }) }
  const pusher = createPusher(registry, { url: gateway.url }, { job: 'a' })
  const schedule = pushEvery(pusher, { intervalMilliseconds: 1, onError: NO_ERROR })
  await first
  value = 2
  await schedule.stop()
  expect(gateway.requests.at(-1)?.body).toBe('x 2\n')
})

test.each([0, Number.NaN, 2 ** 31])('an interval of %s is refused', (intervalMilliseconds) => {
  expect(() => pushEvery(createHeldPusher().pusher, { intervalMilliseconds, onError: NO_ERROR })).toThrow(
    new RangeError(
      `intervalMilliseconds is ${intervalMilliseconds}: it must lie between 1 and 2147483647. Write it in milliseconds, like 10000.`,
    ),
  )
})

test.each<{ options: object; message: string }>([
  {
    options: { intervalMilliseconds: '5s' },
    message: 'intervalMilliseconds is "5s", which is not a number. Write it in milliseconds, like 10000.',
  },
  {
    options: { onError: undefined },
    message: 'onError is undefined, which is no function. Pass one: nobody else is told of a push that failed.',
  },
  { options: { method: 'remove' }, message: 'method is "remove". Write push or add, or leave it out.' },
])('$options is of the wrong type', ({ options, message }) => {
  const all = { intervalMilliseconds: 60_000, onError: NO_ERROR, ...options }
  expect(() => pushEvery(createHeldPusher().pusher, all)).toThrow(new TypeError(message))
})
