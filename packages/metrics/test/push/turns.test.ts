import { getEventListeners } from 'node:events'
import { describe, expect, test, vi } from 'vitest'
import { createTurns, untilAborted, type Work } from '../../src/push/turns.ts'

function defer(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let [resolve, reject]: [() => void, (error: Error) => void] = [() => {}, () => {}]
  const promise = new Promise<void>((...both) => {
    ;[resolve, reject] = both
  })
  return { promise, resolve, reject }
}

interface LoggedWork extends Work {
  readonly begun: Promise<void>
  readonly finish: () => void
  readonly fail: (error: Error) => void
}

/** Work that writes down its beginning and its end, and ends when it is told to or when its turn is over. */
function logged(log: string[], name: string, kind = name): LoggedWork {
  const [begun, finished] = [defer(), defer()]
  return {
    kind,
    begun: begun.promise,
    finish: finished.resolve,
    fail: finished.reject,
    async run(ending) {
      log.push(`${name} begins`)
      begun.resolve()
      await untilAborted(finished.promise, ending).finally(() => log.push(`${name} ends`))
    },
  }
}

describe('turns', () => {
  test('are taken one after the other, in the order they were asked for', async () => {
    const takeTurn = createTurns(60_000)
    const log: string[] = []
    const [a, b, c] = [logged(log, 'a'), logged(log, 'b'), logged(log, 'c')]
    const all = Promise.all([a, b, c].map((work) => takeTurn(work)))
    c.finish()
    b.finish()
    await a.begun
    expect(log).toEqual(['a begins'])
    a.finish()
    await all
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  })

  test('are shared by those who ask for the same while none has begun', async () => {
    const takeTurn = createTurns(60_000)
    const log: string[] = []
    const first = logged(log, 'first', 'push')
    const begun = takeTurn(first)
    await first.begun
    const waiting = ['second', 'third', 'fourth'].map((name) => {
      const work = logged(log, name, 'push')
      work.finish()
      return takeTurn(work)
    })
    first.finish()
    await Promise.all([begun, ...waiting])
    expect(log).toEqual(['first begins', 'first ends', 'second begins', 'second ends'])
  })

  test('keep the order when the same is asked for on both sides of something else', async () => {
    const takeTurn = createTurns(60_000)
    const log: string[] = []
    const works = ['push', 'remove', 'push'].map((kind, index) => logged(log, `${kind} ${index}`, kind))
    for (const work of works) work.finish()
    await Promise.all(works.map((work) => takeTurn(work)))
    expect(log.filter((line) => line.endsWith('begins'))).toEqual(['push 0 begins', 'remove 1 begins', 'push 2 begins'])
  })

  test('come after one that failed, whose error goes to its own callers alone', async () => {
    const takeTurn = createTurns(60_000)
    const [bad, good] = [logged([], 'bad'), logged([], 'good')]
    const results = Promise.allSettled([takeTurn(bad), takeTurn(bad), takeTurn(good)])
    bad.fail(new Error('no'))
    good.finish()
    const rejected = { status: 'rejected', reason: new Error('no') }
    expect(await results).toEqual([rejected, rejected, { status: 'fulfilled', value: undefined }])
  })

  test('end after their time, which begins when they do', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const takeTurn = createTurns(1000)
      const [hanging, next] = [logged([], 'hanging'), logged([], 'next')]
      const first = takeTurn(hanging)
      const second = takeTurn(next)
      await hanging.begun
      vi.advanceTimersByTime(999)
      expect(vi.getTimerCount()).toBe(1)
      vi.advanceTimersByTime(1)
      await expect(first).rejects.toBe('timed_out')
      await next.begun
      vi.advanceTimersByTime(999)
      next.finish()
      await second
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('a caller who leaves', () => {
  test('is let go at once, and takes the work along when nobody else waits for it', async () => {
    const takeTurn = createTurns(60_000)
    const log: string[] = []
    const controller = new AbortController()
    const work = logged(log, 'work')
    const left = takeTurn(work, controller.signal)
    await work.begun
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(left).rejects.toBe(reason)
    const next = logged(log, 'next')
    next.finish()
    await takeTurn(next)
    expect(log).toEqual(['work begins', 'work ends', 'next begins', 'next ends'])
  })

  test('leaves the work to the others', async () => {
    const takeTurn = createTurns(60_000)
    const log: string[] = []
    const controller = new AbortController()
    const work = logged(log, 'work')
    const stays = takeTurn(work)
    const left = takeTurn(work, controller.signal)
    await work.begun
    controller.abort()
    await expect(left).rejects.toThrow('This operation was aborted')
    expect(log).toEqual(['work begins'])
    work.finish()
    await stays
  })

  test('before the turn has begun leaves it out, and who asks again gets another', async () => {
    const takeTurn = createTurns(60_000)
    const log: string[] = []
    const controller = new AbortController()
    const [first, second, third] = [logged(log, 'first', 'push'), logged(log, 'second', 'push'), logged(log, 'third', 'push')]
    const begun = takeTurn(first)
    await first.begun
    const left = takeTurn(second, controller.signal)
    controller.abort()
    await expect(left).rejects.toThrow('This operation was aborted')
    const again = takeTurn(third)
    first.finish()
    third.finish()
    await Promise.all([begun, again])
    expect(log).toEqual(['first begins', 'first ends', 'third begins', 'third ends'])
  })

  test('before asking gets no turn', async () => {
    const takeTurn = createTurns(60_000)
    const log: string[] = []
    await expect(takeTurn(logged(log, 'work'), AbortSignal.abort())).rejects.toThrow('This operation was aborted')
    expect(log).toEqual([])
  })

  test('with work that is over leaves nothing at its signal', async () => {
    const takeTurn = createTurns(60_000)
    const controller = new AbortController()
    const work = logged([], 'work')
    const done = takeTurn(work, controller.signal)
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
    work.finish()
    await done
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  })
})

test('a signal that has ended before the work was begun is seen', async () => {
  const late = Promise.reject(new Error('nobody hears it'))
  await expect(untilAborted(late, AbortSignal.abort(new Error('over')))).rejects.toThrow('over')
})
