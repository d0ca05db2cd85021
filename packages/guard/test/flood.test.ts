import { createServer } from 'node:http'
import { hashSync } from '@node-rs/bcrypt'
import { createGuard, type GuardEvent } from '@postern/guard'
import { createMetricsHandler } from '@postern/guard/node'
import { basic, connect, requestText, startServer } from '@postern/testkit'
import { expect, test } from 'vitest'

const ATTEMPTS = 200
/** Two are hashed at a time and 64 wait (hashes/hash-queue.ts). */
const ADMITTED = 66

test('a scraper that was right before passes through a flood of wrong passwords, of which most are sent away (6.2 #11)', async () => {
  const events: string[] = []
  let onOverload = (): void => {}
  const overloaded = new Promise<void>((resolve) => {
    onOverload = resolve
  })
  const listener = (event: GuardEvent): void => {
    if (event.type !== 'decision') return
    events.push(event.decision.allow ? event.decision.principal.name : event.decision.reason)
    if (!event.decision.allow && event.decision.reason === 'overloaded') onOverload()
  }
  const guard = createGuard(
    { credentials: [{ type: 'basic', users: { prom: hashSync('s3cret', 9) } }], limits: { lockout: false } },
    { onEvent: listener },
  )
  await using server = await startServer(createServer(createMetricsHandler(guard, () => ({ contentType: 'text/plain', body: 'up 1\n' }))))
  const request = (user: string, password: string): string =>
    requestText('/metrics', [`Authorization: ${basic(user, password).authorization}`])
  const attempt = async (index: number): Promise<readonly unknown[]> => {
    await using wire = await connect(server.url)
    const response = await wire.ask(request(index % 2 === 0 ? 'prom' : 'mallory', `guess ${index}`))
    return [response?.status, response?.all('retry-after').join(), response?.all('www-authenticate').length, response?.body]
  }

  await using scraper = await connect(server.url)
  expect((await scraper.ask(request('prom', 's3cret')))?.status).toBe(200)
  await using stranger = await connect(server.url)

  const flood = Promise.all(Array.from({ length: ATTEMPTS }, (_, index) => attempt(index)))
  await overloaded
  // The queue is full. Whoever must be hashed is sent away, right or not; whoever was right before is not.
  const [known, unknown] = await Promise.all([scraper.ask(request('prom', 's3cret')), stranger.ask(request('mallory', 'guess'))])
  const decidedBefore = events.filter((event) => event === 'bad_credentials').length
  expect([known?.status, known?.body]).toEqual([200, 'up 1\n'])
  expect([unknown?.status, unknown?.all('retry-after'), unknown?.all('www-authenticate')]).toEqual([503, ['1'], []])
  expect(decidedBefore).toBeLessThan(ADMITTED)

  const answers = await flood
  expect([...new Set(answers.map((answer) => JSON.stringify(answer)))].toSorted()).toEqual([
    String.raw`[401,"",1,"Unauthorized\n"]`,
    String.raw`[503,"1",0,"Service Unavailable\n"]`,
  ])
  const wrong = events.filter((event) => event === 'bad_credentials').length
  expect(wrong).toBeGreaterThanOrEqual(ADMITTED)
  expect(events.lastIndexOf('prom')).toBeLessThan(events.lastIndexOf('bad_credentials'))
  expect(events).toHaveLength(ATTEMPTS + 3)

  // Afterwards there is room again.
  await using latecomer = await connect(server.url)
  expect((await latecomer.ask(request('prom', 'guess')))?.status).toBe(401)
})
