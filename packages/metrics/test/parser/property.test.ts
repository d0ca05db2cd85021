/** What holds of all bodies: what was written is read, what is broken is refused by name, and no body costs more than its length. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ParsedExposition, type ParsedFamily, parseOpenMetrics, parseText } from '../../src/parser/index.ts'
import { refusal } from './refusal.ts'
import { workOf } from './work.ts'
import { type Syntax, writeExposition } from './write.ts'

const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom('\\', '"', '\n', '\r', '\0', ',', '}', '#', ' ', '=', 'é', '😀'),
      fc.string({ unit: 'grapheme', maxLength: 5 }),
    ),
    {
      maxLength: 6,
    },
  )
  .map((parts) => parts.join(''))
const legacyName = fc.stringMatching(/^[a-z][a-zA-Z0-9_]{0,8}$/).filter((name) => name !== 'le' && name !== 'quantile')
const anyName = fc.oneof(
  legacyName,
  anyText.filter((name) => name !== '' && !name.startsWith('_') && name !== 'le'),
)
const labelSets = fc.uniqueArray(
  fc.dictionary(
    anyName,
    anyText.filter((value) => value !== ''),
    { maxKeys: 4, noNullPrototype: false },
  ),
  {
    maxLength: 6,
    selector: (labels) => JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  },
)
const count = fc.oneof(fc.nat(), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }))
const bounds = fc
  .uniqueArray(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 5, comparator: (a, b) => a === b })
  .map((list) => [...list.toSorted((a, b) => a - b), Infinity])

const samplesOf = {
  gauge: fc.record({ labels: labelSets, values: fc.array(fc.double(), { minLength: 6, maxLength: 6 }) }),
  histogram: fc.record({ labels: labelSets, bounds, counts: fc.array(count, { minLength: 6, maxLength: 6 }) }),
}
const families = fc.uniqueArray(
  fc.record({
    name: anyName.map((name) => `m.${name}`),
    help: fc.option(anyText, { nil: undefined }),
    timestamp: fc.option(fc.integer({ min: 0, max: 2 ** 41 }), { nil: undefined }),
    body: fc.oneof(
      fc.record({ type: fc.constantFrom('gauge', 'counter', 'untyped'), plain: samplesOf.gauge }),
      fc.record({ type: fc.constant('histogram'), buckets: samplesOf.histogram }),
    ),
  }),
  // One clash of names would spoil the round trip: `a` and `a_sum`.
  { maxLength: 5, selector: ({ name }) => name.split('_')[0] },
)

/** The plan as the exposition that its text must be read as. */
function build(plan: typeof families extends fc.Arbitrary<infer T> ? T : never, syntax: Syntax): ParsedExposition {
  let line = 0
  const built = plan.map(({ name, help, timestamp, body }): ParsedFamily => {
    const type = syntax === 'openmetrics' && body.type === 'untyped' ? 'unknown' : body.type
    const untold = type === 'unknown' || type === 'untyped'
    line += (untold ? 0 : 1) + (help === undefined ? 0 : 1)
    const sample = (suffix: string, labels: [string, string][], value: number) => {
      line += 1
      return { name: name + suffix, labels: new Map(labels), value, timestamp, exemplar: undefined, line }
    }
    const samples =
      'plain' in body
        ? body.plain.labels.map((labels, index) => {
            const value = body.plain.values[index]!
            const total = syntax === 'openmetrics' && type === 'counter'
            return sample(total ? '_total' : '', Object.entries(labels), total ? Math.abs(Number.isNaN(value) ? 1 : value) : value)
          })
        : body.buckets.labels.flatMap((labels) => {
            let sum = 0
            return body.buckets.bounds.map((bound, index) => {
              sum += body.buckets.counts[index]!
              return sample('_bucket', [...Object.entries(labels), ['le', bound === Infinity ? '+Inf' : String(bound)]], sum)
            })
          })
    return {
      name,
      type,
      help: syntax === 'openmetrics' && help === '' ? undefined : help?.replace(syntax === 'text' ? /^[ \t]+/ : /(?!)/, ''),
      unit: undefined,
      samples,
    }
  })
  return { families: built }
}

const formats = [
  { syntax: 'text' as const, parse: (body: string) => parseText(body) },
  { syntax: 'openmetrics' as const, parse: (body: string) => parseOpenMetrics(body) },
]

describe.each(formats)('of $syntax', ({ syntax, parse }) => {
  test('what was written is what is read', () => {
    fc.assert(
      fc.property(families, (plan) => {
        const told = plan.filter(
          ({ body, help }) => !(body.type === 'untyped' && help === undefined && 'plain' in body && body.plain.labels.length === 0),
        )
        const noEdge = told.map((family) => ({ ...family, help: family.help === '' || family.help?.endsWith('\r') ? 'x' : family.help }))
        const exposition = build(noEdge, syntax)
        expect(parse(writeExposition(exposition, syntax))).toEqual(exposition)
      }),
      { numRuns: 200, interruptAfterTimeLimit: 3000 },
    )
  })

  const alphabet = fc.constantFrom(
    '\n',
    ' ',
    '"',
    '\\',
    '{',
    '}',
    ',',
    '=',
    '#',
    '_',
    '.',
    '+',
    'e',
    '0',
    '9',
    'a',
    '\t',
    '\r',
    '\ud800',
    '😀',
    '# EOF\n',
    '# TYPE ',
    ' # {} 1',
  )
  test('a body with faults is read or refused, and nothing else happens', () => {
    const edits = fc.array(fc.record({ at: fc.nat(), cut: fc.nat({ max: 3 }), insert: fc.oneof(alphabet, fc.constant('')) }), {
      minLength: 1,
      maxLength: 6,
    })
    let refused = 0
    fc.assert(
      fc.property(families, edits, (plan, list) => {
        let body = writeExposition(build(plan, syntax), syntax)
        for (const { at, cut, insert } of list) {
          const place = at % (body.length + 1)
          body = body.slice(0, place) + insert + body.slice(place + cut)
        }
        const message = refusal(parse, body)
        if (message === undefined) return
        refused += 1
        expect(message).toMatch(/^line [1-9]\d*, column [1-9]\d*: ./)
        expect(message.length).toBeLessThan(500)
      }),
      { numRuns: 300, interruptAfterTimeLimit: 3000 },
    )
    expect(refused).toBeGreaterThan(0)
  })

  test('text that means nothing is read or refused, and nothing else happens', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(alphabet, fc.string({ maxLength: 3 })), { maxLength: 40 }), (parts) => {
        refusal(parse, parts.join(''))
      }),
      { numRuns: 300, interruptAfterTimeLimit: 3000 },
    )
  })
})

describe('the work is linear in the body', () => {
  const shapes: readonly (readonly [name: string, body: (size: number) => string])[] = [
    ['a long label value', (size) => `a{b="${'x'.repeat(size)}"} 1\n`],
    ['a label value of escapes', (size) => `a{b="${'\\n'.repeat(size)}"} 1\n`],
    ['many values with one escape', (size) => 'a{b="\\n"} 1\n'.repeat(size)],
    ['a label value without end', (size) => `a{b="${'x'.repeat(size)}\n`],
    ['a long number', (size) => `a ${'1'.repeat(size)}e\n`],
    ['a long timestamp', (size) => `a 1 ${'0'.repeat(size)}1\n`],
    ['a longer timestamp', (size) => `a 1 ${'9'.repeat(size)}\n`],
    ['a long name', (size) => `${'a'.repeat(size)} 1\n`],
    ['a long name that is none', (size) => `${'a'.repeat(size)}é 1\n`],
    ['a long name twice', (size) => `${'a'.repeat(size)} 1\n${'a'.repeat(size)}b 1\n`],
    ['a long HELP', (size) => `# HELP a ${'é'.repeat(size)}\n`],
    ['a HELP of backslashes', (size) => `# HELP a ${'\\\\'.repeat(size)}\n`],
    ['a long comment', (size) => `# ${'a'.repeat(size)}\n`],
    ['blanks', (size) => `a${' '.repeat(size)}x\n`],
    ['a unit', (size) => `# UNIT a ${'a'.repeat(size)}\n`],
    ['an exemplar', (size) => `# TYPE a counter\na_total 1 # {b="${'x'.repeat(size)}"} 1\n`],
    ['empty lines', (size) => '\n'.repeat(size)],
    ['many families', (size) => Array.from({ length: size }, (_, index) => `a${index} 1\n`).join('')],
    ['many series', (size) => Array.from({ length: size }, (_, index) => `a{b="${index}"} 1\n`).join('')],
    ['many labels', (size) => `a{${Array.from({ length: size }, (_, index) => `b${String(index).padStart(6, '0')}="c"`).join(',')}} 1\n`],
    [
      'a fault at the end of many lines',
      (size) => `# TYPE a gauge\n${Array.from({ length: size }, (_, index) => `a{b="${index}"} 1\n`).join('')}a 1 x\n`,
    ],
  ]

  test.each(shapes)('for %s', (_, body) => {
    const small = 500
    for (const { parse } of formats) {
      const bodies = new Map([small, small * 4].map((size) => [size, `${body(size)}# EOF\n`]))
      const [one, four] = [small, small * 4].map((size) => workOf(() => void refusal(parse, bodies.get(size)!)))
      expect(one).toBeGreaterThan(0)
      // Numbers in the text grow a little with its length; a square would be sixteen times as much.
      expect(four! / one!).toBeLessThan(5)
    }
  })
})
