import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { DEFAULTS, RemoteKeys } from '../../src/keys/remote-keys.ts'

const { refreshMilliseconds, cooldownMilliseconds, retryMilliseconds } = DEFAULTS
const DAY = 86_400_000
const setOf = (...kids: string[]): string =>
  JSON.stringify({ keys: kids.map((kid) => ({ ...generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }), kid })) })

/** Keys of an endpoint that answers when a test says so, at a time that a test sets. */
function createRemote(keepMilliseconds = DAY, timeoutMilliseconds?: number) {
  const clock = { elapsed: 0 }
  const asked: { answer: (text: string) => void; fail: (error: Error) => void; signal: AbortSignal }[] = []
  const told: string[] = []
  let onTold = (): void => {}
  const keys = new RemoteKeys({
    load: (signal) =>
      new Promise((resolve, reject) => {
        asked.push({ answer: resolve, fail: reject, signal })
        signal.addEventListener('abort', () => reject(new Error('aborted')))
      }),
    elapsed: () => clock.elapsed,
    keepMilliseconds,
    onState: (state, message) => {
      told.push(`${state}: ${message}`)
      onTold()
    },
    ...(timeoutMilliseconds === undefined ? {} : { timeoutMilliseconds }),
  })
  const nextTold = (): Promise<void> =>
    new Promise((resolve) => {
      onTold = resolve
    })
  return { keys, clock, asked, told, nextTold }
}
type Remote = ReturnType<typeof createRemote>

async function hold(remote: Remote, text: string): Promise<void> {
  const found = remote.keys.find('a')
  remote.asked.at(-1)!.answer(text)
  await found
}

describe('keys of an endpoint', () => {
  test('are asked for by the first token that needs them, and once for all that wait', async () => {
    const { keys, asked } = createRemote()
    expect([keys.current(), asked.length]).toEqual([undefined, 0])
    const waiting = [keys.find('a'), keys.find('b'), keys.find(undefined)]
    expect(asked).toHaveLength(1)
    asked[0]!.answer(setOf('a'))
    const [first, ...others] = await Promise.all(waiting)
    expect(first?.knows('a')).toBe(true)
    expect(others).toEqual([first, first])
    expect(keys.current()).toBe(first)
  })

  test('adversarial 19: a thousand unknown ids are one look in a cooldown, and a known one is found meanwhile', async () => {
    const remote = createRemote()
    await hold(remote, setOf('a'))
    const { keys, clock, asked } = remote
    const set = keys.current()
    const ask = (): Promise<unknown[]> => Promise.all(Array.from({ length: 1_000 }, (_, index) => keys.find(`unknown ${index}`)))
    clock.elapsed = cooldownMilliseconds - 1
    expect(new Set(await ask())).toEqual(new Set([set]))
    expect(asked).toHaveLength(1)
    clock.elapsed = cooldownMilliseconds
    const asking = ask()
    expect(asked).toHaveLength(2)
    expect([await keys.find('a'), keys.current()]).toEqual([set, set])
    asked[1]!.answer(setOf('b'))
    expect(new Set(await asking)).toEqual(new Set([keys.current()]))
    await ask()
    expect([asked.length, keys.current()?.knows('a'), keys.current()?.knows('b')]).toEqual([2, false, true])
  })

  test('stay the very same while the endpoint says the same', async () => {
    const text = setOf('a')
    const remote = createRemote()
    await hold(remote, text)
    const set = remote.keys.current()
    remote.clock.elapsed = cooldownMilliseconds
    const found = remote.keys.find('b')
    remote.asked[1]!.answer(text)
    expect(await found).toBe(set)
  })

  test('are looked for anew when they are old, without a token that waits', async () => {
    const remote = createRemote()
    await hold(remote, setOf('a'))
    const { keys, clock, asked } = remote
    const old = keys.current()
    clock.elapsed = refreshMilliseconds - 1
    expect([keys.current(), asked.length]).toEqual([old, 1])
    clock.elapsed = refreshMilliseconds
    expect([keys.current(), asked.length]).toEqual([old, 2])
    const waiting = keys.find('b')
    asked[1]!.answer(setOf('b'))
    expect(await waiting).toBe(keys.current())
    expect(keys.current()).not.toBe(old)
  })

  test('adversarial 22: do not count unasked when nobody asked for long, so that a key taken out ends its tokens', async () => {
    const remote = createRemote()
    await hold(remote, setOf('a'))
    const { keys, clock, asked } = remote
    clock.elapsed = 2 * refreshMilliseconds
    expect([keys.current(), asked.length]).toEqual([undefined, 1])
    const waiting = keys.find('a')
    asked[1]!.answer(setOf('b'))
    expect((await waiting)?.knows('a')).toBe(false)
  })

  test('count on while the endpoint is away, and no longer than they are kept', async () => {
    const remote = createRemote()
    await hold(remote, setOf('a'))
    const { keys, clock, asked, told } = remote
    const set = keys.current()
    clock.elapsed = DAY - 1
    const waiting = keys.find('a')
    asked[1]!.fail(new Error('connect ECONNREFUSED'))
    expect([await waiting, keys.current()]).toEqual([set, set])
    clock.elapsed = DAY
    expect(keys.current()).toBeUndefined()
    // Within the pause that there is without keys nobody is asked.
    expect([await keys.find('a'), asked.length, told]).toEqual([undefined, 2, ['unavailable: connect ECONNREFUSED']])
  })

  test('are asked for again soon where there are none, and what happens is told once', async () => {
    const { keys, clock, asked, told } = createRemote()
    for (const times of [1, 2, 3]) {
      const waiting = keys.find('a')
      asked[times - 1]!.fail(new Error(`fault ${times}`))
      expect([await waiting, await keys.find('a'), asked.length]).toEqual([undefined, undefined, times])
      clock.elapsed += retryMilliseconds
    }
    const waiting = keys.find('a')
    asked[3]!.answer(setOf('a'))
    expect((await waiting)?.knows('a')).toBe(true)
    expect(told).toEqual(['unavailable: fault 1', 'recovered: its keys were read again'])
  })

  test('stay as they were when the endpoint answers what is no set', async () => {
    const remote = createRemote()
    await hold(remote, setOf('a'))
    const { keys, clock, asked, told } = remote
    const set = keys.current()
    clock.elapsed = cooldownMilliseconds
    const waiting = keys.find('b')
    asked[1]!.answer('{"keys":[]}')
    expect([await waiting, told]).toEqual([set, ['unavailable: holds no public key that could verify a token']])
  })

  test('are not waited for longer than a look may take', async () => {
    const { keys, asked, told, nextTold } = createRemote(DAY, 1)
    const heard = nextTold()
    const waiting = keys.find('a')
    await heard
    expect([await waiting, asked[0]!.signal.aborted, told]).toEqual([undefined, true, ['unavailable: there was no answer within 1 ms']])
  })

  test('are asked for by nobody once the guard is closed, and a look under way ends', async () => {
    const remote = createRemote()
    await hold(remote, setOf('a'))
    const { keys, clock, asked, told } = remote
    clock.elapsed = cooldownMilliseconds
    const waiting = keys.find('b')
    keys.close()
    expect([await waiting, asked[1]!.signal.aborted, told]).toEqual([keys.current(), true, []])
    clock.elapsed = 2 * refreshMilliseconds
    expect([await keys.find('c'), asked.length, keys.current()?.knows('a')]).toEqual([keys.current(), 2, true])
    createRemote().keys.close()
  })
})
