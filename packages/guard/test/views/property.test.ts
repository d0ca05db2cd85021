/** What holds of all expositions and views: the filter shows what a plain second implementation on the strict parser shows. */
import { createHmac } from 'node:crypto'
import { type ParsedFamily, type ParsedSample, parseOpenMetrics, parseText } from '@postern/metrics/parser'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ViewOptions } from '../../src/views/compile.ts'
import { ViewFault } from '../../src/views/filter.ts'
import { filter, KEY, OPENMETRICS, TEXT, viewOf } from './support.ts'

type Format = 'text' | 'openmetrics'
type Labels = readonly (readonly [string, string])[]

interface PlannedFamily {
  readonly name: string
  readonly kind: 'gauge' | 'counter' | 'histogram'
  readonly help: string | undefined
  readonly series: readonly Labels[]
  readonly exemplar: Labels | undefined
}

const names = ['shop_orders', 'shop_lat_seconds', 'bank_debug_x', 'up', 'shop.utf', 'kasse größe']
const labelNames = ['team', 'route', 'customer', 'user', 'my.label']
const value = fc.oneof(
  fc.constantFrom('shop', 'bank', '/api/x', 'a"b', 'back\\slash', 'line\nfeed', 'grüße', '}', '', ' # '),
  fc.constantFrom('a@example.org', 'https://u:pw@host/x'),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
)
const labels = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...labelNames), value), { maxLength: 4, selector: ([name]) => name })
  .map((list): Labels => list)
const identity = (list: Labels): string => JSON.stringify(list.filter(([, text]) => text !== '').toSorted(([a], [b]) => (a < b ? -1 : 1)))
const family = fc.record({
  name: fc.constantFrom(...names),
  kind: fc.constantFrom('gauge' as const, 'counter' as const, 'histogram' as const),
  help: fc.option(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 8 }), fc.constant('ask ops@example.org')), { nil: undefined }),
  series: fc.uniqueArray(labels, { maxLength: 5, selector: identity }),
  exemplar: fc.option(labels, { nil: undefined }),
})
const plan = fc.uniqueArray(family, { maxLength: 5, selector: ({ name }) => name })

const lists = (items: readonly string[]) =>
  fc.oneof(fc.record({ allow: fc.subarray([...items], { minLength: 1 }) }), fc.record({ deny: fc.subarray([...items], { minLength: 1 }) }))
const options = fc
  .record(
    {
      families: lists(['shop_*', 'up', '*debug*', 'shop_orders_total', 'shop.utf', 'kasse*']),
      series: lists([
        '{team="shop"}',
        '{route=~"/api/.*"}',
        'up',
        '{customer!="",team!~"b.*"}',
        'shop_orders{user="shop"}',
        '{"my.label"="shop"}',
      ]),
      labels: fc.constantFrom(
        { drop: ['customer'] },
        { drop: ['my.label', 'team'], replace: { route: 'x"\\\n' } },
        { hash: ['user', 'team'], hashKey: KEY, drop: ['route'] },
      ),
      redact: fc.constantFrom(
        { patterns: 'secrets' as const, mode: 'redact' as const },
        { patterns: ['email' as const], mode: 'report' as const },
      ),
    },
    { requiredKeys: [] },
  )
  .filter((view) => Object.keys(view).length > 0)
  .map((view): Omit<ViewOptions, 'name'> => view)

const escape = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
const isPlain = (name: string): boolean => /^[a-zA-Z_]\w*$/.test(name)
const written = (name: string): string => (isPlain(name) ? name : `"${escape(name)}"`)
const pairs = (list: Labels): string[] => list.map(([name, text]) => `${written(name)}="${escape(text)}"`)
const series = (name: string, list: Labels): string =>
  isPlain(name) ? `${name}${list.length > 0 ? `{${pairs(list).join(',')}}` : ''}` : `{${[written(name), ...pairs(list)].join(',')}}`

function write(families: readonly PlannedFamily[], format: Format): string {
  const body = families.map(({ name, kind, help, series: all, exemplar }) => {
    const isOpen = format === 'openmetrics'
    const total = kind === 'counter' ? '_total' : ''
    const head = kind === 'counter' && !isOpen ? `${name}_total` : name
    const text = help?.replace(/\r/g, '').trim()
    const helped =
      text === undefined || text === '' ? '' : `# HELP ${written(head)} ${isOpen ? escape(text) : escape(text).replaceAll('\\"', '"')}\n`
    const tail = isOpen && exemplar !== undefined && kind !== 'gauge' ? ` # {${pairs(exemplar).join(',')}} 0.5` : ''
    const lines = all.map((list, index) => {
      if (kind !== 'histogram') return `${series(name + total, list)} ${index}${tail}\n`
      const bucket = (le: string): string => `${series(`${name}_bucket`, [...list, ['le', le]])} ${index}`
      return `${bucket('1')}${tail}\n${bucket('+Inf')}\n${series(`${name}_sum`, list)} ${index}\n${series(`${name}_count`, list)} ${index}\n`
    })
    return `${helped}# TYPE ${written(head)} ${kind}\n${lines.join('')}`
  })
  return body.join('') + (format === 'openmetrics' ? '# EOF\n' : '')
}

/** The view done plainly, on what the parser reads. */
function show(families: readonly ParsedFamily[], view: Omit<ViewOptions, 'name'>): ParsedFamily[] {
  return families.flatMap((one) => {
    const base = one.name.replace(/_total$/, '')
    const goesBy = one.type === 'counter' ? [base, `${base}_total`] : [one.name]
    const isListed = (patterns: readonly string[] = []): boolean =>
      patterns.some((pattern) =>
        goesBy.some((name) =>
          new RegExp(
            `^${pattern
              .split('*')
              .map((part) => part.replaceAll('.', '[._]'))
              .join('[^]*')}$`,
            'u',
          ).test(name),
        ),
      )
    const { families: lists, series: selectors } = view
    if (lists?.allow !== undefined && !isListed(lists.allow)) return []
    if (isListed(lists?.deny)) return []
    const get = (sample: ParsedSample, name: string): string => sample.labels.get(name) ?? ''
    const tests: Record<string, (sample: ParsedSample) => boolean> = {
      '{team="shop"}': (sample) => get(sample, 'team') === 'shop',
      '{route=~"/api/.*"}': (sample) => get(sample, 'route').startsWith('/api/'),
      up: () => goesBy.includes('up'),
      '{customer!="",team!~"b.*"}': (sample) => get(sample, 'customer') !== '' && !get(sample, 'team').startsWith('b'),
      'shop_orders{user="shop"}': (sample) => goesBy.includes('shop_orders') && get(sample, 'user') === 'shop',
      '{"my.label"="shop"}': (sample) => get(sample, 'my.label') === 'shop',
    }
    const isSelected = (sample: ParsedSample): boolean =>
      (selectors?.allow === undefined || selectors.allow.some((selector) => tests[selector]!(sample))) &&
      !selectors?.deny?.some((selector) => tests[selector]!(sample))
    const change = (labels: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
      new Map(
        [...labels].flatMap(([name, text]): [string, string][] => {
          const { drop = [], replace, hash = [] } = view.labels ?? {}
          if (drop.includes(name)) return []
          if (replace?.[name] !== undefined) return [[name, text && replace[name]]]
          if (hash.includes(name)) return [[name, text && createHmac('sha256', KEY).update(text).digest('hex').slice(0, 16)]]
          const secret = /[\w.]+@example\.org|:\/\/u:pw@/.test(text) && view.redact?.mode === 'redact'
          return [[name, secret ? '<redacted>' : text]]
        }),
      )
    const seen = new Map<string, string>()
    const keyOf = (map: ReadonlyMap<string, string>): string => identity([...map].filter(([name]) => name !== 'le'))
    const samples = one.samples.filter(isSelected).flatMap((sample) => {
      const labels = change(sample.labels)
      const first = seen.get(keyOf(labels)) ?? keyOf(sample.labels)
      seen.set(keyOf(labels), first)
      if (first !== keyOf(sample.labels)) return []
      return [{ ...sample, line: 0, labels, exemplar: sample.exemplar && { ...sample.exemplar, labels: change(sample.exemplar.labels) } }]
    })
    const isDenied = selectors?.deny?.includes('up') === true && tests['up']!({} as ParsedSample)
    if (samples.length === 0 && (one.samples.length > 0 || selectors?.allow !== undefined || isDenied)) return []
    const isSecret = one.help?.includes('@example.org') === true && view.redact?.mode === 'redact'
    return [{ ...one, help: isSecret ? '<redacted>' : one.help, samples }]
  })
}

const parse = { text: parseText, openmetrics: parseOpenMetrics }
const contentTypes = { text: TEXT, openmetrics: OPENMETRICS }
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })

test.each(['text', 'openmetrics'] as const)('%s shows the series of a plain implementation', (format) => {
  fc.assert(
    fc.property(plan, options, sizes, (families, view, chunks) => {
      const body = write(families, format)
      const expected = show(parse[format](body).families, view)
      const { text, counts } = filter(viewOf(view), body, contentTypes[format], chunks)
      const shown = parse[format](text).families.map((one) => ({ ...one, samples: one.samples.map((sample) => ({ ...sample, line: 0 })) }))
      expect(shown).toEqual(expected)
      expect(counts.unreadable).toBe(0)
    }),
    { numRuns: 400, interruptAfterTimeLimit: 3000 },
  )
})

test.each(['text', 'openmetrics'] as const)('%s passes byte for byte where nothing is hidden', (format) => {
  const view = viewOf({ families: { allow: ['*'] }, series: { deny: ['{nobody="x"}'] }, labels: { drop: ['nobody'] } })
  fc.assert(
    fc.property(plan, sizes, fc.boolean(), (families, chunks, cut) => {
      const whole = write(families, format)
      const body = cut ? whole.replace(/\n$/, '') : whole
      expect(filter(view, body, contentTypes[format], chunks).text).toBe(body)
    }),
    { numRuns: 300, interruptAfterTimeLimit: 2000 },
  )
})

test('never throws but for a line without end, and never lets a hidden name start a line', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'bank_x',
      '{"bank_x"',
      ' ',
      '\n',
      '\r\n',
      '{',
      '}',
      '"',
      '\\',
      ',',
      '=',
      '# TYPE bank_x counter',
      '# HELP bank_x ',
      '1',
      '# EOF',
      'up',
      'a="b"',
      '#',
      '\t',
      '\r',
    ),
    fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  )
  const view = viewOf({
    families: { deny: ['bank_*'] },
    series: { deny: ['{a="x"}'] },
    labels: { drop: ['a'], hash: ['b'], hashKey: KEY },
    redact: { patterns: 'secrets', mode: 'redact' },
  })
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), sizes, fc.constantFrom(TEXT, OPENMETRICS), (pieces, chunks, type) => {
      const body = Buffer.from(pieces.join(''), 'latin1')
      const { text } = filter(view, body, type, chunks)
      expect(text).not.toMatch(/^[ \t]*(?:\{[ \t]*"?|#[ \t]*(?:HELP|TYPE)[ \t]+"?)?bank_/m)
      expect(filter(view, body, type).text).toBe(text)
    }),
    { numRuns: 500, interruptAfterTimeLimit: 3000 },
  )
  expect(() => filter(view, 'a'.repeat(1_100_000))).toThrow(ViewFault)
})
