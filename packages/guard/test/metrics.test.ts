import { hashSync } from '@node-rs/bcrypt'
import { createGuard, type GuardEvent, parseTarget } from '@postern/guard'
import { fromPromClient, guardMetrics, type InstrumentFactory } from '@postern/guard/metrics'
import { createRegistry } from '@postern/metrics'
import { basic } from '@postern/testkit'
import * as client from 'prom-client'
import { describe, expect, test } from 'vitest'
import { factsOf, withAuthorization } from './support/facts.ts'

interface Way {
  readonly name: string
  readonly make: () => { readonly factory: InstrumentFactory; readonly show: () => Promise<string> }
}

const WAYS: readonly Way[] = [
  {
    name: '@postern/metrics',
    make: () => {
      const registry = createRegistry()
      return { factory: registry, show: async () => Buffer.from((await registry.render({ accept: undefined })).body).toString() }
    },
  },
  {
    name: 'prom-client',
    make: () => {
      const register = new client.Registry()
      return { factory: fromPromClient(client, [register]), show: () => register.metrics() }
    },
  },
]

/** Samples without those of the clock. */
const samplesOf = (exposition: string): string[] =>
  exposition.split('\n').filter((line) => line !== '' && !line.startsWith('#') && !/_(?:bucket|sum)[{ ]/.test(line))

describe.each(WAYS)('the metrics of a guard in $name', ({ make }) => {
  test('count decisions, principals and faults', async () => {
    const { factory, show } = make()
    const onEvent = guardMetrics(factory)
    const guard = createGuard({ credentials: [{ type: 'basic', users: { prom: hashSync('s3cret', 4) } }] }, { onEvent })
    const sent = { ...withAuthorization(basic('prom', 's3cret').authorization), target: parseTarget('/metrics') }
    await guard.decide(sent)
    await guard.decide(sent)
    await guard.decide(factsOf({ target: parseTarget('/metrics') }))
    onEvent({ type: 'fault', error: new Error('ours') })
    onEvent({ type: 'warning', message: 'nothing to count' })
    expect(samplesOf(await show()).sort()).toEqual(
      [
        'postern_guard_allowed_total{principal="prom",credential="basic"} 2',
        'postern_guard_decision_seconds_count{decision="allowed"} 2',
        'postern_guard_decision_seconds_count{decision="denied"} 1',
        'postern_guard_decisions_total{decision="allowed",reason="",rule="default",credential="basic"} 2',
        'postern_guard_decisions_total{decision="denied",reason="no_credentials",rule="",credential=""} 1',
        'postern_guard_faults_total 1',
        'postern_guard_limits_degraded 0',
      ].sort(),
    )
  })

  test('show reloads, authorities, shared limits and what views hide', async () => {
    const { factory, show } = make()
    const onEvent = guardMetrics(factory)
    onEvent({ type: 'reload', what: 'policy', ok: true, message: '' })
    onEvent({ type: 'reload', what: 'tls', ok: false, message: '' })
    onEvent({ type: 'authority', credential: 'jwt', state: 'unavailable', message: '' })
    onEvent({ type: 'authority', credential: 'kubernetes', state: 'recovered', message: '' })
    onEvent({ type: 'limits', state: 'degraded', message: '' })
    const counts = { hiddenFamilies: 2, hiddenSeries: 5, redacted: 1, reported: 0, unreadable: 0, suspects: [] }
    onEvent({ type: 'view', view: 'shop', principal: 'prom', ...counts })
    const lines = samplesOf(await show())
    expect(lines).toEqual(
      expect.arrayContaining([
        'postern_guard_reloads_total{what="policy",result="success"} 1',
        'postern_guard_reloads_total{what="tls",result="failure"} 1',
        'postern_guard_last_reload_successful{what="policy"} 1',
        'postern_guard_last_reload_successful{what="tls"} 0',
        'postern_guard_authority_up{credential="jwt"} 0',
        'postern_guard_authority_up{credential="kubernetes"} 1',
        'postern_guard_limits_degraded 1',
        'postern_guard_view_hidden_total{view="shop",what="families"} 2',
        'postern_guard_view_hidden_total{view="shop",what="series"} 5',
        'postern_guard_view_hidden_total{view="shop",what="redacted"} 1',
        'postern_guard_view_hidden_total{view="shop",what="unreadable"} 0',
      ]),
    )
    onEvent({ type: 'limits', state: 'recovered', message: '' })
    expect(samplesOf(await show())).toContain('postern_guard_limits_degraded 0')
  })

  test('tell two hundred principals apart, and count all others together', async () => {
    const { factory, show } = make()
    const onEvent = guardMetrics(factory)
    const allowed = (name: string): GuardEvent => ({
      type: 'decision',
      decision: { allow: true, principal: { name, credential: 'jwt' }, rule: 'default' },
      milliseconds: 0.01,
      address: '10.0.0.1',
      method: 'GET',
      path: '/metrics',
    })
    for (let at = 0; at < 300; at += 1) onEvent(allowed(`p${at}`))
    onEvent(allowed('p0'))
    const lines = samplesOf(await show()).filter((line) => line.startsWith('postern_guard_allowed_total'))
    expect([lines.length, lines[0], lines.at(-1)]).toEqual([
      201,
      'postern_guard_allowed_total{principal="p0",credential="jwt"} 2',
      'postern_guard_allowed_total{principal="__other__",credential="jwt"} 100',
    ])
  })
})

test("prom-client's global registry is where its metrics go otherwise", async () => {
  try {
    guardMetrics(fromPromClient(client))
    expect(await client.register.metrics()).toContain('postern_guard_faults_total 0')
  } finally {
    client.register.clear()
  }
})
