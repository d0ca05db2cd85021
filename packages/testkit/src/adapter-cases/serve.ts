/** A way in, mounted for one case, and what every answer and every event of it holds. */
import type { ConnectionOptions } from 'node:tls'
import type { GuardEvent } from '@postern/guard'
import { expect } from 'vitest'
import { issueCertificate, type Pair } from '../certificates.ts'
import { connect, type RawResponse, type Wire } from '../wire.ts'
import { EXPOSITION, type Heard, type Mount, type MountOptions } from './case.ts'
import { CHALLENGES, POLICY, SECRETS } from './policy.ts'

export interface Served extends AsyncDisposable {
  readonly url: string
  readonly events: GuardEvent[]
  open(tls?: ConnectionOptions): Promise<Wire>
}

export async function serve(mount: Mount, options: Partial<MountOptions> = {}): Promise<Served> {
  const events: GuardEvent[] = []
  const server = await serverPair()
  const mounted = await mount.mount({ guard: POLICY, onEvent: (event) => events.push(event), now: Date.now, server, ...options })
  return {
    url: mounted.url,
    events,
    open: (tls = {}) => connect(mounted.url, { tls }),
    async [Symbol.asyncDispose]() {
      await mounted.close()
      expectNoSecret(JSON.stringify(events))
      expectLoggable(events)
    },
  }
}

/** What every answer holds, whatever it answers. */
export function inspect(response: RawResponse | undefined): RawResponse {
  if (response === undefined) throw new Error('the connection ended without an answer')
  const whole = `${response.head}\n${response.body}`
  expectNoSecret(whole)
  expect(response.status).not.toBe(500)
  expect(whole).not.toMatch(/\bat .+:\d+:\d+|node_modules|\w*Error:/)
  expect(response.complete).toBe(true)
  if (response.status !== 200) expect(whole).not.toContain('exposed_total')
  expect(response.all('www-authenticate')).toEqual(response.status === 401 ? CHALLENGES : [])
  return response
}

/** Answers of ours, not of a router or of Node's parser. */
export function expectOwnAnswer(response: RawResponse, method: string): void {
  expect([response.all('cache-control'), response.all('x-content-type-options')]).toEqual([['no-store'], ['nosniff']])
  if (response.status === 405) expect(response.all('allow')).toEqual(['GET, HEAD'])
  if (response.status === 200) expect(response.body).toBe(method === 'HEAD' ? '' : EXPOSITION)
  else expect(response.all('content-type')).toEqual(['text/plain; charset=utf-8'])
}

export const heardOf = (events: readonly GuardEvent[]): Heard[] =>
  events.flatMap((event): Heard[] =>
    event.type !== 'decision' ? [] : event.decision.allow ? [{ principal: event.decision.principal.name }] : [event.decision.reason],
  )

function expectNoSecret(text: string): void {
  for (const secret of SECRETS) expect(text).not.toContain(secret)
}

/** Nothing in an event can forge a line of a log, move a cursor, or fill a disk. */
function expectLoggable(events: readonly GuardEvent[]): void {
  JSON.stringify(events, (_key, value: unknown) => {
    if (typeof value === 'string') {
      expect(value).not.toMatch(/\p{Cc}/u)
      expect(value.length).toBeLessThanOrEqual(8_192)
    }
    return value
  })
}

/** Made once for a test file. */
let pairs: Promise<Pair> | undefined
const serverPair = (): Promise<Pair> =>
  (pairs ??= issueCertificate({ subject: 'localhost', usage: 'serverAuth', names: ['DNS:localhost', 'IP:127.0.0.1'] }))
