/** Tokens over real connections: what a client sends is what the guard sees. */
import { createServer } from 'node:http'
import { createGuard, type GuardEvent } from '@postern/guard'
import { createMetricsHandler } from '@postern/guard/node'
import { bearer, connect, type Issuer, type RunningServer, requestText, startIssuer, startServer } from '@postern/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const TOKEN = 'canary-token-0123456789-abcdef'
let issuer: Issuer
let jwt: string
let server: RunningServer
const events: GuardEvent[] = []
beforeAll(async () => {
  issuer = await startIssuer({ audience: 'metrics' })
  jwt = await issuer.sign()
  const guard = createGuard(
    {
      credentials: [
        { type: 'bearer', tokens: [{ name: 'agent', token: TOKEN, addresses: { deny: ['127.0.0.2'] } }] },
        { type: 'jwt', issuer: issuer.url, audience: 'metrics', ca: issuer.ca },
      ],
    },
    { onEvent: (event) => events.push(event) },
  )
  server = await startServer(createServer(createMetricsHandler(guard, () => ({ contentType: 'text/plain', body: 'up 1\n' }))))
})
afterAll(async () => {
  await server.close()
  await issuer[Symbol.asyncDispose]()
})

async function ask(target: string, lines: readonly string[], from = '127.0.0.1'): Promise<readonly unknown[]> {
  events.length = 0
  await using wire = await connect(server.url, { from })
  const response = await wire.ask(requestText(target, lines))
  const decisions = events.flatMap((event) => (event.type === 'decision' ? [event.decision] : []))
  expect(JSON.stringify(events)).not.toMatch(/canary|eyJ/)
  return [response?.status, response?.all('www-authenticate'), ...decisions.map((one) => (one.allow ? one.principal.name : one.reason))]
}
const CHALLENGE = ['Bearer realm="metrics"']
const header = (token: string): string[] => [`Authorization: ${bearer(token).authorization}`]

describe.each([
  { kind: 'an opaque token', token: () => TOKEN, name: 'agent' },
  { kind: 'a JWT', token: () => jwt, name: 'prometheus' },
])('adversarial 16: $kind', ({ token, name }) => {
  test('passes as it is', async () => {
    expect(await ask('/metrics', header(token()))).toEqual([200, [], name])
  })

  test.each([
    { change: 'a prefix of it', lines: () => header(token().slice(0, -4)) },
    { change: 'more behind it', lines: () => header(`${token()}AAAA`) },
    { change: 'another case', lines: () => header(token().toUpperCase()) },
    { change: 'a space inside', lines: () => header(`${token().slice(0, 9)} ${token().slice(9)}`) },
    { change: 'quotes around it', lines: () => header(`"${token()}"`) },
    { change: 'two of it', lines: () => header(`${token()}, Bearer ${token()}`) },
  ])('is refused for $change', async ({ lines }) => {
    expect(await ask('/metrics', lines())).toEqual([401, CHALLENGE, 'bad_credentials'])
  })

  test.each([
    { place: 'the query', target: () => `/metrics?access_token=${token()}`, lines: () => [] },
    { place: 'a cookie', target: () => '/metrics', lines: () => [`Cookie: access_token=${token()}`] },
    {
      place: 'a header of its own',
      target: () => '/metrics',
      lines: () => [`X-Auth-Token: ${token()}`, `Proxy-Authorization: Bearer ${token()}`],
    },
    { place: 'another scheme', target: () => '/metrics', lines: () => [`Authorization: Token ${token()}`] },
  ])('is no credential in $place', async ({ target, lines }) => {
    expect(await ask(target(), lines())).toEqual([401, CHALLENGE, 'no_credentials'])
  })

  test('is ambiguous in two headers', async () => {
    expect(await ask('/metrics', [...header(token()), ...header(token())])).toEqual([400, [], 'malformed_request'])
  })
})

test('a token is refused from a network of which it does not count', async () => {
  expect(await ask('/metrics', header(TOKEN), '127.0.0.2')).toEqual([403, [], 'address_not_allowed'])
  expect(await ask('/metrics', header(`${TOKEN}x`), '127.0.0.2')).toEqual([401, CHALLENGE, 'bad_credentials'])
})
