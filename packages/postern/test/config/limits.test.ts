/** The limits of a policy file: what they keep out, and where their faults are. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAddress, parseTarget } from '@postern/guard'
import { bearer } from '@postern/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatError } from '../../src/commands/report.ts'
import { type GatewayConfig, loadConfig } from '../../src/config/load.ts'
import { DIGEST, type PolicyFolder, policyFolder } from '../support/policy-folder.ts'

let folder: PolicyFolder
beforeAll(async () => {
  folder = await policyFolder()
})
afterAll(() => folder[Symbol.asyncDispose]())

const HEAD = `listen: [localhost:9843]
routes: [{path: /metrics, upstream: "http://127.0.0.1:8080"}]
guard:
  credentials: [{type: bearer, tokens: [{name: a, sha256: ${DIGEST}}]}]
`
const load = (limits: string): GatewayConfig => loadConfig({ file: folder.policy(HEAD + limits) })
const says = (limits: string): string[] => {
  try {
    load(limits)
  } catch (error) {
    return formatError(error, folder.path).split('\n')
  }
  throw new Error('nothing was refused')
}

describe('limits in a file', () => {
  test('mean what they mean in code', async () => {
    const { guard } = load(`  limits:
    per_client: {requests: 3, per_seconds: 60, burst: 3}
    total: {requests: 100, per_seconds: 1}
    in_flight: {per_client: 1, total: 2}
    lockout: {failures: 2, within_seconds: 60, for_seconds: 90}
`)
    const ask = async (from: string): Promise<unknown> => {
      const decision = await guard.decide({
        address: parseAddress(from),
        method: 'GET',
        target: parseTarget('/metrics'),
        authorization: [bearer('a-guess').authorization],
        header: () => [],
        clientCertificate: undefined,
      })
      return decision.allow || [decision.reason, decision.retryAfterSeconds]
    }
    expect([await ask('10.0.0.1'), await ask('10.0.0.1'), await ask('10.0.0.1'), await ask('10.0.0.2')]).toEqual([
      ['bad_credentials', undefined],
      ['bad_credentials', undefined],
      ['locked_out', 90],
      ['bad_credentials', undefined],
    ])
  })

  test('may lock nobody out, and read the url of their store from beside the file', async () => {
    expect(load('  limits: {lockout: false}\n').guard.warnings).toEqual([])
    writeFileSync(join(folder.path, 'redis.url'), 'http://canary', { mode: 0o600 })
    expect(says('  limits: {store: {url_file: redis.url}}\n')).toEqual([
      'postern.yaml:5:30 guard.limits.store.url_file: this url begins with http:. Write it like redis://user:password@127.0.0.1:6379/0, or rediss:// for TLS; %40 is an @ in a password. (ERR_POSTERN_POLICY)',
    ])
  })

  test('are told of with all their faults, each at its place', () => {
    expect(says('  limits:\n    per_client: {requests: 0, per_seconds: 60}\n    in_flight: {total: 0}\n')).toEqual([
      'postern.yaml:6:28 guard.limits.per_client.requests: 0 is not a number of requests. Write a whole number from 1 to 1000000. (ERR_POSTERN_POLICY)',
      'postern.yaml:7:24 guard.limits.in_flight.total: 0 is not a number of scrapes. Write a whole number from 1 to 1000000. (ERR_POSTERN_POLICY)',
    ])
  })

  test.each([
    { limits: '{per_client: 60}', at: '5:24 guard.limits.per_client: ' },
    { limits: '{in_flight: {total: many}}', at: '5:31 guard.limits.in_flight.total: ' },
    { limits: '{lockout: true}', at: '5:21 guard.limits.lockout: ' },
    { limits: '{perClient: {}}', at: '5:12 guard.limits.perClient: ' },
  ])('$limits are of the wrong shape, which is told with an example', ({ limits, at }) => {
    const [first = ''] = says(`  limits: ${limits}\n`)
    expect(first).toContain(`postern.yaml:${at}`)
    expect(first).toContain('(ERR_POSTERN_CONFIG)')
  })
})
