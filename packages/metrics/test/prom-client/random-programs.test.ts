/** Random programs over the same metrics: whatever is called, both libraries tell the same, but for the listed differences. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type AnyClient, type Observed, observe, ours, type Program, theirs } from './support/libraries.ts'

const RUNS = 250

/** Values without the marks that prom-client's own keys are made of, and never undefined: see docs/reference/prom-client.md. */
const value = fc.oneof(
  fc.constantFrom('GET', 'POST', '', 'a b', 'quote"', 'back\\slash', 'line\nfeed', '\u00e9\u{1f600}'),
  fc.integer({ min: -5, max: 600 }),
  fc.boolean(),
  fc.constant(null),
)
const labels = fc.oneof(
  fc.record({ a: value, b: value }, { requiredKeys: [] }),
  fc.record({ b: value, a: value }, { requiredKeys: [] }),
  fc.constantFrom({ c: 1 }, { a: 1, z: 'x' }),
)
const amount = fc.oneof(
  fc.integer({ min: -3, max: 50 }),
  fc.double({ min: 0, max: 1e6, noNaN: true }),
  fc.constantFrom('5', Infinity, null, undefined),
)
const shape = fc.constantFrom('counter', 'gauge', 'histogram')
const metric = fc.record({ kind: shape, labelled: fc.boolean() })
/** @param names Of default labels: in JSON prom-client lets one replace a label of the series that is empty or zero. */
const callWith = (names: readonly string[]) =>
  fc.oneof(
    fc.record({ do: fc.constant('write' as const), metric, labels: fc.option(labels), amount, method: fc.nat(2) }),
    fc.record({ do: fc.constant('child' as const), metric, labels, amount, method: fc.nat(2), held: fc.boolean() }),
    fc.record({
      do: fc.constant('texts' as const),
      metric,
      texts: fc.array(value, { maxLength: 3 }).filter(([first]) => first !== null),
      amount,
      method: fc.nat(2),
    }),
    fc.record({ do: fc.constant('remove' as const), metric, labels }),
    fc.record({ do: fc.constant('reset' as const), metric }),
    fc.record({ do: fc.constant('defaults' as const), defaults: fc.dictionary(fc.constantFrom(...names), value) }),
  )
const call = callWith(['region', 'zone'])
type Call = typeof call extends fc.Arbitrary<infer C> ? C : never

const METHODS = { counter: ['inc'], gauge: ['set', 'inc', 'dec'], histogram: ['observe'] } as const

function programOf(calls: readonly Call[]): Program {
  return async (client, registry, step) => {
    const metrics = createMetrics(client, registry)
    const held = new Map<string, AnyClient>()
    for (const one of calls) {
      if (one.do === 'defaults') {
        registry.setDefaultLabels(one.defaults)
        continue
      }
      const target = metrics[`${one.metric.kind}${one.metric.labelled ? '' : '_bare'}`]
      const names = METHODS[one.metric.kind]
      const method = names['method' in one ? one.method % names.length : 0] as string
      if (one.do === 'reset') step(() => target.reset())
      // A label object of one's own each time: prom-client keeps it.
      else if (one.do === 'remove') step(() => void target.remove({ ...one.labels }))
      else if (one.do === 'texts') step(() => void target.labels(...one.texts)[method](one.amount))
      else if (one.do === 'write')
        step(() => void (one.labels ? target[method]({ ...one.labels }, one.amount) : target[method](one.amount)))
      else {
        const key = JSON.stringify([one.metric, one.labels])
        step(() => {
          const child = (one.held && held.get(key)) || target.labels({ ...one.labels })
          held.set(key, child)
          return void child[method](one.amount)
        })
      }
    }
    step(() => 0)
    const text = await registry.metrics()
    step(() => sortedLines(text))
  }
}

function createMetrics(c: AnyClient, r: AnyClient): AnyClient {
  const made: AnyClient = {}
  for (const [suffix, labelNames] of [
    ['', ['a', 'b']],
    ['_bare', []],
  ] as const) {
    const common = { help: 'x', labelNames, registers: [r] }
    made[`counter${suffix}`] = new c.Counter({ name: `counter${suffix}`, ...common })
    made[`gauge${suffix}`] = new c.Gauge({ name: `gauge${suffix}`, ...common })
    made[`histogram${suffix}`] = new c.Histogram({ name: `histogram${suffix}`, buckets: [0, 1, 10], ...common })
  }
  return made
}

/**
 * What may differ is taken out: a series made after another was removed may stand in its place, and the labels of a gauge are written in
 * the order and with the types of its first call, not of the last.
 */
function sortedLines(text: string): string[] {
  return text.split('\n').map(sortLabels).sort()
}

function sortLabels(line: string): string {
  return line.replace(/\{(.*)\}/, (_, inner: string) => `{${(inner.match(/\w+="(?:[^"\\]|\\.)*"/g) ?? []).sort().join(',')}}`)
}

/** JSON without order, and with label values as texts. */
function sortedJson(json: string): unknown {
  const metrics = JSON.parse(json) as { values: { labels: Record<string, unknown> }[] }[]
  return metrics.map((one) => ({
    ...one,
    values: one.values
      .map((sample) =>
        JSON.stringify({
          ...sample,
          labels: Object.entries(sample.labels)
            .map(([name, given]) => `${name}=${String(given)}`)
            .sort(),
        }),
      )
      .sort(),
  }))
}

const comparable = ({ steps, text, json }: Observed): unknown => ({ steps, text: sortedLines(text), json: sortedJson(json) })

test('any program of writes, children, removals and resets shows the same', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(call, { maxLength: 25 }), async (calls) => {
      const program = programOf(calls)
      expect(comparable(await observe(ours, program))).toEqual(comparable(await observe(theirs, program)))
    }),
    { numRuns: RUNS, interruptAfterTimeLimit: 2_500 },
  )
})

test('without removals and gauges the text is the same to the byte, at every scrape', async () => {
  const plain = callWith(['region', 'a']).filter(
    (one) => one.do !== 'remove' && one.do !== 'reset' && !('metric' in one && one.metric.kind === 'gauge'),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(plain, { maxLength: 25 }), async (calls) => {
      const program = programOf(calls)
      expect((await observe(ours, program)).text).toBe((await observe(theirs, program)).text)
    }),
    { numRuns: RUNS, interruptAfterTimeLimit: 2_500 },
  )
})
