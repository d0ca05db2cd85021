import { createRegistry } from '@postern/metrics'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sampleLines, scrapeOpenMetrics } from '../support/scrape.ts'

const STATES = ['starting', 'ready', 'stopping'] as const
const of = (values: readonly number[], labels = ''): string[] => STATES.map((state, at) => `phase{${labels}phase="${state}"} ${values[at]}`)

describe('a state set', () => {
  test('without labels shows all its states from the start, and which one holds', async () => {
    const registry = createRegistry()
    const phase = registry.stateSet({ name: 'phase', help: 'P.', states: STATES })
    expect(await sampleLines(registry)).toEqual(of([0, 0, 0]))
    phase.set('ready')
    expect(await sampleLines(registry)).toEqual(of([0, 1, 0]))
    phase.set('stopping')
    phase.setAll(['starting', 'stopping'])
    expect(await sampleLines(registry)).toEqual(of([1, 0, 1]))
    phase.setAll([])
    expect(await sampleLines(registry)).toEqual(of([0, 0, 0]))
    phase.set('ready')
    phase.clear()
    expect(await sampleLines(registry)).toEqual(of([0, 0, 0]))
    expect(await scrapeOpenMetrics(registry)).toContain('# TYPE phase stateset\n')
  })

  test('with labels has its states for each', async () => {
    const registry = createRegistry()
    const phase = registry.stateSet({ name: 'phase', help: 'P.', labelNames: ['node'], states: STATES })
    expect(await sampleLines(registry)).toEqual([])
    phase.set({ node: 'a' }, 'ready')
    phase.setAll({ node: 'b' }, ['starting', 'stopping'])
    expect(await sampleLines(registry)).toEqual([...of([0, 1, 0], 'node="a",'), ...of([1, 0, 1], 'node="b",')])
    expect(phase.removeWhere({ node: 'a' })).toBe(3)
    phase.clear()
    expect(await sampleLines(registry)).toEqual([])
  })

  test('is removed with all its states, by the labels it was declared with', async () => {
    const registry = createRegistry()
    const phase = registry.stateSet({ name: 'phase', help: 'P.', labelNames: ['node'], states: STATES })
    phase.set({ node: 'a' }, 'ready')
    phase.set({ node: 'b' }, 'ready')
    expect(phase.remove({ node: 'a' })).toBe(true)
    expect(phase.remove({ node: 'a' })).toBe(false)
    expect(await sampleLines(registry)).toEqual(of([0, 1, 0], 'node="b",'))
    expect(() => phase.remove({ host: 'b' } as never)).toThrow(TypeError)
  })

  test('without labels is always there', async () => {
    const registry = createRegistry()
    const phase = registry.stateSet({ name: 'phase', help: 'P.', states: STATES })
    expect(phase.remove({})).toBe(false)
    expect(await sampleLines(registry)).toEqual(of([0, 0, 0]))
  })

  test('has labels of any text where the registry takes names in UTF-8', async () => {
    const registry = createRegistry({ names: 'utf-8' })
    const phase = registry.stateSet({ name: 'phase', help: 'P.', labelNames: ['k8s.node'], states: STATES })
    phase.set({ 'k8s.node': 'a' }, 'ready')
    expect(await sampleLines(registry)).toEqual(of([0, 1, 0], 'k8s_node="a",'))
  })

  test('reads labels once for all its states', async () => {
    const registry = createRegistry()
    const phase = registry.stateSet({ name: 'phase', help: 'P.', labelNames: ['node'], states: STATES })
    let asked = 0
    const shifty = {
      get node() {
        return `answer ${(asked += 1)}`
      },
    }
    phase.set(shifty, 'ready')
    expect(await sampleLines(registry)).toEqual(of([0, 1, 0], 'node="answer 1",'))
  })

  test.each<{ name: string; call: (phase: { set(...args: unknown[]): void; setAll(...args: unknown[]): void }) => void; message: string }>([
    {
      name: 'an unknown state',
      call: (phase) => phase.set({ node: 'a' }, 'idle'),
      message: 'State set "phase" was given the state "idle"; it declares [starting, ready, stopping]. Pass one of them.',
    },
    {
      name: 'an unknown one among others',
      call: (phase) => phase.setAll({ node: 'a' }, ['ready', 'idle']),
      message: 'State set "phase" was given the state "idle"; it declares [starting, ready, stopping]. Pass one of them.',
    },
    {
      name: 'no state at all',
      call: (phase) => phase.set(),
      message: 'State set "phase" was given the state undefined; it declares [starting, ready, stopping]. Pass one of them.',
    },
    {
      name: 'a text for several',
      call: (phase) => phase.setAll({ node: 'a' }, 'ready'),
      message: 'State set "phase" was given the states "ready". Pass an array of them.',
    },
    {
      name: 'nothing for several',
      call: (phase) => phase.setAll({ node: 'a' }),
      message: 'State set "phase" was given the states undefined. Pass an array of them.',
    },
    {
      name: 'wrong labels',
      call: (phase) => phase.set({ nod: 'a' }, 'ready'),
      message:
        'State set "phase" was called with the labels [nod, phase], without a value for [node] and with the unknown [nod]; it declares [node, phase]. Pass every declared label and no other.',
    },
  ])('refuses $name, and makes nothing', ({ call, message }) => {
    const phase = createRegistry().stateSet({ name: 'phase', help: 'P.', labelNames: ['node'], states: STATES })
    expect(() => call(phase as never)).toThrow(new TypeError(message))
    expect(phase.seriesCount).toBe(0)
  })

  test.each<{ options: object; message: string }>([
    { options: { states: [] }, message: "State set \"phase\" has the states an array. Write them like ['starting', 'ready', 'stopping']." },
    {
      options: { states: 'ready' },
      message: "State set \"phase\" has the states \"ready\". Write them like ['starting', 'ready', 'stopping'].",
    },
    { options: { states: ['a', 5] }, message: 'State set "phase" has the state 5. Write each as a text.' },
    { options: { states: [''] }, message: 'State set "phase" has the state "". Write each as a text.' },
    { options: { states: ['a', 'a'] }, message: 'State set "phase" has the state "a" twice. Write it once.' },
    {
      options: { states: ['a'], labelNames: ['phase'] },
      message: 'State set "phase" has the label "phase", which tells its state. Rename one.',
    },
    {
      options: { states: ['a'], labelNames: 'node' },
      message: 'State set "phase" has labelNames "node", which is not an array. Write them like [\'method\', \'status\'].',
    },
    {
      options: { states: ['a'], name: 'a:b' },
      message: 'State set "a:b" has a colon in its name, which no label has, and a label of that name tells its state. Write it without.',
    },
  ])('is refused with $options', ({ options, message }) => {
    expect(() => createRegistry().stateSet({ name: 'phase', help: 'P.', ...options } as never)).toThrow(new TypeError(message))
  })

  test('has no colon in its name in UTF-8 either, where its label would lose it', () => {
    const registry = createRegistry({ names: 'utf-8' })
    expect(() => registry.stateSet({ name: 'a:b', help: 'P.', states: ['a'] })).toThrow(/^State set "a:b" has a colon in its name/)
  })

  test('does not notice what becomes of the list it was declared with', () => {
    const states = ['a', 'b']
    const phase = createRegistry().stateSet({ name: 'phase', help: 'P.', states })
    states.push('c')
    expect(() => phase.set('c')).toThrow(TypeError)
  })
})

describe('a state set beyond its limit', () => {
  const OVERFLOWS = 'postern_metrics_overflow_total{family="phase"}'
  const beyond = (values: readonly number[]): string[] => of(values, 'node="__overflow__",')

  test.each<{ name: string; registry: object; family: object }>([
    { name: 'of its family', registry: {}, family: { maxSeries: 5 } },
    { name: 'of its registry', registry: { maxSeries: 5 }, family: {} },
  ])('$name goes into overflow as a whole, with a series for each state', async ({ registry: limits, family }) => {
    const registry = createRegistry(limits)
    const phase = registry.stateSet({ name: 'phase', help: 'P.', labelNames: ['node'], states: STATES, ...family })
    phase.set({ node: 'a' }, 'ready')
    phase.set({ node: 'b' }, 'stopping')
    expect(await sampleLines(registry)).toEqual([...of([0, 1, 0], 'node="a",'), ...beyond([0, 0, 1]), `${OVERFLOWS} 1`])
    phase.setAll({ node: 'c' }, ['starting', 'ready'])
    phase.set({ node: 'a' }, 'starting')
    expect(await sampleLines(registry)).toEqual([...of([1, 0, 0], 'node="a",'), ...beyond([1, 1, 0]), `${OVERFLOWS} 2`])
    expect(phase.remove({ node: 'a' })).toBe(true)
    phase.set({ node: 'b' }, 'ready')
    const lines = await sampleLines(registry)
    expect(lines.toSorted()).toEqual([...of([0, 1, 0], 'node="b",'), ...beyond([1, 1, 0]), `${OVERFLOWS} 2`].toSorted())
  })

  test('that is less than its states has overflow series alone', async () => {
    const registry = createRegistry()
    const phase = registry.stateSet({ name: 'phase', help: 'P.', labelNames: ['node'], states: STATES, maxSeries: 2 })
    for (const node of ['a', 'b']) phase.set({ node }, 'ready')
    expect(await sampleLines(registry)).toEqual([...beyond([0, 1, 0]), `${OVERFLOWS} 2`])
  })

  test('is there all the same without labels, like any series without them', async () => {
    const registry = createRegistry({ maxSeries: 1 })
    registry.stateSet({ name: 'phase', help: 'P.', states: STATES }).set('ready')
    expect(await sampleLines(registry)).toEqual(of([0, 1, 0]))
  })

  test('is never cut, whatever comes and goes', () => {
    const step = fc.record({ node: fc.constantFrom('a', 'b', 'c', 'd'), state: fc.option(fc.constantFrom(...STATES)) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.integer({ min: 1, max: 13 }), (steps, maxSeries) => {
        const phase = createRegistry().stateSet({ name: 'phase', help: 'P.', labelNames: ['node'], states: STATES, maxSeries })
        const { store } = phase.family
        for (const { node, state } of steps) {
          if (state === null) phase.remove({ node })
          else phase.set({ node }, state)
          const shown = new Map<string, string[]>()
          for (const slot of store.slots()) {
            const [of = '', text = ''] = store.textsOf(slot)
            shown.set(of, [...(shown.get(of) ?? []), text])
          }
          for (const states of shown.values()) expect(states.toSorted()).toEqual(STATES.toSorted())
          shown.delete('__overflow__')
          expect(shown.size * STATES.length).toBeLessThanOrEqual(maxSeries)
        }
      }),
      { numRuns: 200 },
    )
  })
})

test('a getter among the labels that sets other states of the same set is read in peace', async () => {
  const registry = createRegistry()
  const phase = registry.stateSet({ name: 'phase', help: 'P.', labelNames: ['node', 'zone'], states: STATES })
  const shifty = {
    node: 'a',
    get zone() {
      phase.set({ node: 'b', zone: 'z' }, 'ready')
      return 'y'
    },
  }
  phase.set(shifty, 'starting')
  const expected = [...of([0, 1, 0], 'node="b",zone="z",'), ...of([1, 0, 0], 'node="a",zone="y",')]
  expect(await sampleLines(registry)).toEqual(expected)
})
