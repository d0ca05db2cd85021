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
  make(): { factory: InstrumentFactory; show(): Promise<string> }
}

const WAYS: readonly Way[] = [
  {
    name: '@postern/metrics',
    make: () => {
      const registry = createRegistry()
      return { factory: registry, show: async () => (await registry.render({ accept: undefined })).body.toString() }
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
      ].sort(),
    )
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
