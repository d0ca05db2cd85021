import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Deadline } from '../../src/kubernetes/client.ts'
import { createReviews, DEFAULTS, type Outcome, type Reviews, type ReviewsOptions, type Verdict } from '../../src/kubernetes/reviews.ts'
import { holdTimers } from '../support/api-server.ts'

const GRANTED: Outcome<string> = { state: 'granted', value: 'prometheus' }
const REFUSED: Outcome<string> = { state: 'refused' }
const FAILED: Outcome<string> = { state: 'failed', why: 'answered 500' }
const TOLD = { state: 'granted', value: 'prometheus' }

let changes: (string | undefined)[]
beforeEach(() => {
  holdTimers()
  changes = []
})
afterEach(() => {
  vi.useRealTimers()
})

const reviewsOf = (init: Partial<ReviewsOptions> = {}): Reviews<string> =>
  createReviews({
    key: new Uint8Array(32).fill(7),
    elapsed: Date.now,
    rememberMilliseconds: 60_000,
    staleMilliseconds: 600_000,
    onChange: (why) => changes.push(why),
    ...init,
  })
/** A server that answers with what `outcome` holds at the time, and counts. */
function serverOf(outcome: Outcome<string>): { outcome: Outcome<string>; calls: number; ask: () => Promise<Outcome<string>> } {
  const server = {
    outcome,
    calls: 0,
    ask() {
      server.calls += 1
      return Promise.resolve(server.outcome)
    },
  }
  return server
}
/** Whatever is to happen without a timer has happened. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const pass = (seconds: number): void => void vi.setSystemTime(Date.now() + seconds * 1_000)

describe('what is remembered (22)', () => {
  test.each([
    { name: 'a grant for its time', outcome: GRANTED, told: TOLD, seconds: 60 },
    { name: 'a refusal for 30 seconds', outcome: REFUSED, told: REFUSED, seconds: 30 },
    { name: 'a grant until its end', outcome: { ...GRANTED, lifeMilliseconds: 10_000 }, told: TOLD, seconds: 10 },
  ] as const)('$name', async ({ outcome, told, seconds }) => {
    const server = serverOf(outcome)
    const reviews = reviewsOf()
    expect(await reviews.check('token', server.ask)).toEqual(told)
    pass(seconds - 0.001)
    expect([reviews.check('token', server.ask), server.calls]).toEqual([told, 1])
    pass(0.001)
    expect([await reviews.check('token', server.ask), server.calls]).toEqual([told, 2])
  })

  test('an end that is over is not remembered at all', async () => {
    const server = serverOf({ ...GRANTED, lifeMilliseconds: -1 })
    const reviews = reviewsOf()
    await reviews.check('token', server.ask)
    await reviews.check('token', server.ask)
    expect(server.calls).toBe(2)
  })

  test('a revocation ends a grant, and its last good answer', async () => {
    const server = serverOf(GRANTED)
    const reviews = reviewsOf()
    await reviews.check('token', server.ask)
    pass(60)
    server.outcome = REFUSED
    expect(await reviews.check('token', server.ask)).toEqual(REFUSED)
    pass(30)
    server.outcome = FAILED
    expect(await reviews.check('token', server.ask)).toEqual({ state: 'unavailable' })
  })

  test('a failure is not remembered', async () => {
    const server = serverOf(FAILED)
    const reviews = reviewsOf()
    expect(await reviews.check('token', server.ask)).toEqual({ state: 'unavailable' })
    server.outcome = GRANTED
    expect(await reviews.check('token', server.ask)).toEqual(TOLD)
  })

  test('no more than so many of each, and refusals drive out no grant', async () => {
    const reviews = reviewsOf({ rememberMilliseconds: 600_000 })
    const good = serverOf(GRANTED)
    const bad = serverOf(REFUSED)
    await reviews.check('good', good.ask)
    const ask = async (question: string, server: ReturnType<typeof serverOf>): Promise<void> => {
      pass(1 / DEFAULTS.strangersPerSecond)
      await reviews.check(question, server.ask)
    }
    for (let count = 0; count <= DEFAULTS.maxRemembered; count += 1) await ask(`bad ${count}`, bad)
    expect([good.calls, bad.calls]).toEqual([1, DEFAULTS.maxRemembered + 1])
    expect([reviews.check('good', good.ask), reviews.check(`bad ${DEFAULTS.maxRemembered}`, bad.ask)]).toEqual([TOLD, REFUSED])
    for (let count = 0; count < DEFAULTS.maxRemembered; count += 1) await ask(`more ${count}`, good)
    good.calls = 0
    await ask('more 0', good)
    expect(good.calls).toBe(0)
    await ask('good', good)
    expect(good.calls).toBe(1)
  })
})

describe('while the server is away (21)', () => {
  /** Granted once, and then the server fails. */
  async function granted(init: Partial<ReviewsOptions> = {}): Promise<{ reviews: Reviews<string>; server: ReturnType<typeof serverOf> }> {
    const server = serverOf(GRANTED)
    const reviews = reviewsOf(init)
    await reviews.check('token', server.ask)
    server.outcome = FAILED
    return { reviews, server }
  }

  test('the last good answer counts for its time, first after the failed call and then at once', async () => {
    const { reviews, server } = await granted()
    pass(60)
    const first = reviews.check('token', server.ask)
    expect(first).toBeInstanceOf(Promise)
    expect(await first).toEqual(TOLD)
    expect(reviews.check('token', server.ask)).toEqual(TOLD)
    await settled()
    expect(server.calls).toBe(3)
    pass(539.999)
    expect(reviews.check('token', server.ask)).toEqual(TOLD)
    await settled()
    pass(0.001)
    expect(await reviews.check('token', server.ask)).toEqual({ state: 'unavailable' })
    expect(changes).toEqual(['answered 500'])
  })

  test('the answer of a call that nobody waited for counts for the next', async () => {
    const { reviews, server } = await granted()
    pass(60)
    await reviews.check('token', server.ask)
    server.outcome = REFUSED
    expect(reviews.check('token', server.ask)).toEqual(TOLD)
    await settled()
    expect(reviews.check('token', server.ask)).toEqual(REFUSED)
    expect(changes).toEqual(['answered 500', undefined])
  })

  test('none counts where the policy wants none', async () => {
    const { reviews, server } = await granted({ staleMilliseconds: 0 })
    pass(60)
    expect(await reviews.check('token', server.ask)).toEqual({ state: 'unavailable' })
  })

  test('none counts beyond the end of a token', async () => {
    const server = serverOf({ ...GRANTED, lifeMilliseconds: 90_000 })
    const reviews = reviewsOf()
    await reviews.check('token', server.ask)
    server.outcome = FAILED
    pass(89.999)
    expect(await reviews.check('token', server.ask)).toEqual(TOLD)
    pass(0.001)
    expect(await reviews.check('token', server.ask)).toEqual({ state: 'unavailable' })
  })

  test('who was refused before stays outside', async () => {
    const server = serverOf(REFUSED)
    const reviews = reviewsOf()
    await reviews.check('token', server.ask)
    server.outcome = FAILED
    pass(30)
    expect(await reviews.check('token', server.ask)).toEqual({ state: 'unavailable' })
  })

  test('a call that hangs is waited for three seconds where there is a last good answer', async () => {
    const { reviews } = await granted()
    pass(60)
    let answer: (outcome: Outcome<string>) => void = () => {}
    const hanging = vi.fn(() => new Promise<Outcome<string>>((resolve) => (answer = resolve)))
    const waited = reviews.check('token', hanging)
    await settled()
    await vi.advanceTimersByTimeAsync(2_999)
    const second = reviews.check('token', hanging)
    answer({ state: 'granted', value: 'someone' })
    expect(await waited).toEqual({ state: 'granted', value: 'someone' })
    expect([await second, hanging.mock.calls.length]).toEqual([{ state: 'granted', value: 'someone' }, 1])
    pass(60)
    const third = reviews.check('token', hanging)
    await vi.advanceTimersByTimeAsync(3_000)
    expect(await third).toEqual({ state: 'granted', value: 'someone' })
    expect(changes).toEqual([])
  })

  test('its going and coming are told once each', async () => {
    const server = serverOf(FAILED)
    const reviews = reviewsOf()
    await reviews.check('a', server.ask)
    await reviews.check('b', server.ask)
    server.outcome = REFUSED
    await reviews.check('c', server.ask)
    server.outcome = GRANTED
    await reviews.check('d', server.ask)
    expect(changes).toEqual(['answered 500', undefined])
  })
})

describe('a flood', () => {
  /** Asks that many questions, as fast as they are let through, of a server that answers when it is told to. */
  function flood(reviews: Reviews<string>, count: number): { verdicts: Promise<Verdict<string>>[]; held: (() => void)[] } {
    const held: (() => void)[] = []
    const ask = (): Promise<Outcome<string>> => new Promise((resolve) => held.push(() => resolve(REFUSED)))
    const verdicts = Array.from({ length: count }, async (_, index) => {
      pass(1 / DEFAULTS.strangersPerSecond)
      return reviews.check(`stranger ${index}`, ask)
    })
    return { verdicts, held }
  }

  test('asks of 30 strangers at once, and of 20 more each second', async () => {
    const reviews = reviewsOf()
    const server = serverOf(REFUSED)
    const ask = (from: number): Promise<Verdict<string>[]> =>
      Promise.all(Array.from({ length: 60 }, async (_, index) => reviews.check(`stranger ${from + index}`, server.ask)))
    const refusedOf = (verdicts: Verdict<string>[]): number => verdicts.filter(({ state }) => state === 'refused').length
    expect(refusedOf(await ask(0))).toBe(30)
    pass(1)
    expect([refusedOf(await ask(100)), server.calls]).toEqual([20, 50])
  })

  test('asks of five strangers at a time, holds 64 more, and tells the next to come back', async () => {
    const reviews = reviewsOf()
    const { verdicts, held } = flood(reviews, 70)
    expect(await verdicts[69]).toEqual({ state: 'overloaded' })
    let calls = 0
    while (held.length > 0) {
      expect(held.length).toBeLessThanOrEqual(5)
      held.shift()?.()
      calls += 1
      await settled()
    }
    expect(calls).toBe(69)
    expect(new Set((await Promise.all(verdicts.slice(0, 69))).map(({ state }) => state))).toEqual(new Set(['refused']))
  })

  test('does not hold up who was granted before', async () => {
    const reviews = reviewsOf()
    const server = serverOf(GRANTED)
    await reviews.check('good', server.ask)
    pass(60)
    const { verdicts, held } = flood(reviews, 70)
    await verdicts[69]
    expect(await reviews.check('good', server.ask)).toEqual(TOLD)
    expect(server.calls).toBe(2)
    for (const release of held) release()
  })

  test('of one token asks once', async () => {
    const reviews = reviewsOf()
    const server = serverOf(GRANTED)
    const verdicts = Array.from({ length: 100 }, async () => reviews.check('token', server.ask))
    expect(new Set(await Promise.all(verdicts))).toEqual(new Set([await verdicts[0]]))
    expect(server.calls).toBe(1)
  })

  test('ends with the deadline for who waits and for who is asked about', async () => {
    const reviews = reviewsOf()
    const deadlines: Deadline[] = []
    const release: (() => void)[] = []
    const hang = (deadline: Deadline): Promise<Outcome<string>> => {
      deadlines.push(deadline)
      return new Promise((resolve) => release.push(() => resolve(FAILED)))
    }
    const verdicts = Array.from({ length: 6 }, async (_, index) => reviews.check(`stranger ${index}`, hang))
    await settled()
    const start = Date.now()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await verdicts[5]).toEqual({ state: 'overloaded' })
    expect(deadlines.map(({ at, signal }) => signal.aborted && at - start)).toEqual(Array<number>(5).fill(10_000))
    for (const end of release) end()
    expect(new Set((await Promise.all(verdicts.slice(0, 5))).map(({ state }) => state))).toEqual(new Set(['unavailable']))
  })
})
