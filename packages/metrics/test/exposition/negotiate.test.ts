import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ESCAPING_SCHEMES } from '../../src/exposition/escaping-scheme.ts'
import { FORMATS, type Format, negotiate } from '../../src/exposition/negotiate.ts'

const TEXT = 'text/plain; version=0.0.4; charset=utf-8'
const TEXT_100 = 'text/plain; version=1.0.0; charset=utf-8'
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'
const DRAFT = 'application/openmetrics-text; version=0.0.1; charset=utf-8'
const PROTOBUF = 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited'

/** As the server writes it, without spaces. */
const ASK_PROTOBUF = PROTOBUF.replaceAll(' ', '')

/** What versions of the server send, by default and as configured, and what we answer. */
interface Server {
  readonly version: string
  readonly accept: string
  readonly contentType: string
}

const SERVERS: readonly Server[] = [
  {
    version: '2.42 to 2.48',
    accept:
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    contentType: OPENMETRICS,
  },
  {
    version: '2.42 that prefers protobuf',
    accept: `${ASK_PROTOBUF},application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`,
    contentType: PROTOBUF,
  },
  // Its wildcard weighs two by mistake; clamped to one, it is still what the server likes best.
  {
    version: '2.49.0',
    accept:
      'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=2',
    contentType: TEXT,
  },
  {
    version: '2.49.1 to 2.55',
    accept:
      'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    contentType: OPENMETRICS,
  },
  {
    version: '2.49.1 to 2.55 that prefers protobuf',
    accept: `${ASK_PROTOBUF};q=0.5,application/openmetrics-text;version=1.0.0;q=0.4,application/openmetrics-text;version=0.0.1;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1`,
    contentType: PROTOBUF,
  },
  {
    version: '2.55 with the utf8-names feature',
    accept:
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;escaping=allow-utf-8;q=0.3,*/*;q=0.2',
    contentType: `${OPENMETRICS}; escaping=allow-utf-8`,
  },
  {
    version: '3.0 to 3.3',
    accept:
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;escaping=allow-utf-8;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;escaping=allow-utf-8;q=0.3,*/*;q=0.2',
    contentType: `${OPENMETRICS}; escaping=allow-utf-8`,
  },
  {
    version: '3.4 to 3.14',
    accept:
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    contentType: `${OPENMETRICS}; escaping=allow-utf-8`,
  },
  {
    version: '3.4 to 3.14 with metric_name_escaping_scheme: values',
    accept:
      'application/openmetrics-text;version=1.0.0;escaping=values;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=values;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    contentType: `${OPENMETRICS}; escaping=values`,
  },
  {
    version: '3.4 to 3.14 that prefers protobuf',
    accept: `${ASK_PROTOBUF};q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1`,
    contentType: PROTOBUF,
  },
  {
    version: '3.14 with scrape_protocols: [PrometheusText1.0.0]',
    accept: 'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,*/*;q=0.5',
    contentType: `${TEXT_100}; escaping=allow-utf-8`,
  },
  {
    version: '3.14 with scrape_protocols: [PrometheusText0.0.4]',
    accept: 'text/plain;version=0.0.4;q=0.6,*/*;q=0.5',
    contentType: TEXT,
  },
  // A version without quotes for names: the answer says what it did instead.
  {
    version: '3.0 with scrape_protocols: [PrometheusText0.0.4]',
    accept: 'text/plain;version=0.0.4;escaping=allow-utf-8;q=0.6,*/*;q=0.5',
    contentType: `${TEXT}; escaping=underscores`,
  },
  {
    version: '3.0 with scrape_protocols: [OpenMetricsText0.0.1]',
    accept: 'application/openmetrics-text;version=0.0.1;escaping=allow-utf-8;q=0.6,*/*;q=0.5',
    contentType: `${DRAFT}; escaping=underscores`,
  },
]

describe('what Prometheus sends', () => {
  test.each(SERVERS)('is answered, from $version', ({ accept, contentType }) => {
    expect(negotiate(accept).contentType).toBe(contentType)
  })
})

describe('what others send', () => {
  test.each<[name: string, accept: string | undefined, contentType: string]>([
    ['nothing', undefined, TEXT],
    ['an empty header', '', TEXT],
    ['anything', '*/*', TEXT],
    ['any text', 'text/*', TEXT],
    ['anything of our first version', '*/*;version=0.0.4', TEXT],
    [
      'any text of a version to come, before OpenMetrics',
      'text/*;version=2.0.0,application/openmetrics-text;version=1.0.0;q=0.1',
      OPENMETRICS,
    ],
    ['any application', 'application/*', TEXT],
    ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8', TEXT],
    ['another type', 'application/json', TEXT],
    ['text without a version', 'text/plain', TEXT],
    ['text with a charset', 'text/plain; charset=utf-8', TEXT],
    ['text with an empty version', 'text/plain;version=', TEXT],
    ['text 1.0.0', 'text/plain;version=1.0.0', `${TEXT_100}; escaping=underscores`],
    ['text 1.0.0 before OpenMetrics', 'text/plain;version=1.0.0,application/openmetrics-text;q=0.1', `${TEXT_100}; escaping=underscores`],
    ['text of a version to come', 'text/plain;version=2.0.0', TEXT],
    ['OpenMetrics of the draft', 'application/openmetrics-text;version=0.0.1', DRAFT],
    ['OpenMetrics without a version', 'application/openmetrics-text', DRAFT],
    ['OpenMetrics of a version to come', 'application/openmetrics-text;version=2.0.0', TEXT],
    ['OpenMetrics of a version that never was', 'application/openmetrics-text;version=0.0.4', TEXT],
    [
      'a version to come, then one of now',
      'application/openmetrics-text;version=2.0.0,application/openmetrics-text;version=1.0.0;q=0.5',
      OPENMETRICS,
    ],
    ['protobuf', ASK_PROTOBUF, PROTOBUF],
    [
      'protobuf in another order, quoted',
      `application/vnd.google.protobuf; encoding="delimited"; proto="io.prometheus.client.MetricFamily"`,
      PROTOBUF,
    ],
    [
      'protobuf in upper case but for its values',
      ASK_PROTOBUF.replace('application/vnd.google', 'APPLICATION/VND.GOOGLE').replace('proto=', 'PROTO='),
      PROTOBUF,
    ],
    ['protobuf of a message in another case', ASK_PROTOBUF.toLowerCase(), TEXT],
    ['protobuf of another message', 'application/vnd.google.protobuf;proto=io.prometheus.client.Metric;encoding=delimited', TEXT],
    ['protobuf without its message', 'application/vnd.google.protobuf;encoding=delimited', TEXT],
    ['protobuf without its encoding', 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily', TEXT],
    ['protobuf as text', 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text', TEXT],
    ['anything above protobuf', `*/*,${ASK_PROTOBUF};q=0.9`, TEXT],
    ['upper case and spaces', ' Application/OpenMetrics-Text ; VERSION = 1.0.0 ; Q = 0.5 ', OPENMETRICS],
    ['a quoted version', 'application/openmetrics-text; version="1.0.0"', OPENMETRICS],
    ['half a quote', 'application/openmetrics-text; version="', TEXT],
    ['a comma in quotes', 'text/plain;x=",application/openmetrics-text;version=1.0.0,"', TEXT],
    ['a semicolon in quotes', 'application/openmetrics-text;x=";version=1.0.0"', DRAFT],
    ['an entry behind a comma in quotes', 'foo/bar;x=","," application/json,application/openmetrics-text;version=1.0.0', TEXT],
    ['an entry behind quotes', 'foo/bar;x=",",application/openmetrics-text;version=1.0.0', OPENMETRICS],
    ['the version twice', 'application/openmetrics-text;version=1.0.0;version=2.0.0', OPENMETRICS],
    ['a weight twice', 'application/openmetrics-text;version=1.0.0;q=0.9;q=0.1,text/plain;q=0.5', OPENMETRICS],
    ['a weight twice, first a refusal', 'application/openmetrics-text;version=1.0.0;q=0;q=1', TEXT],
    ['a weight twice, first no number', 'application/openmetrics-text;version=1.0.0;q=abc;q=0.1,text/plain;q=0.5', OPENMETRICS],
    ['a parameter without a value', 'application/openmetrics-text;version=1.0.0;x', OPENMETRICS],
    ['equal weights, text first', 'text/plain;q=0.5,application/openmetrics-text;version=1.0.0;q=0.5', TEXT],
    ['equal weights, OpenMetrics first', 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.5', OPENMETRICS],
    ['a refusal', 'application/openmetrics-text;version=1.0.0;q=0', TEXT],
    ['a refusal with decimals', 'application/openmetrics-text;version=1.0.0;q=0.000,text/plain;q=0.1', TEXT],
    ['a refusal of all we have', 'text/plain;q=0,*/*;q=0', TEXT],
    ['a weight below zero', 'application/openmetrics-text;version=1.0.0;q=-1', TEXT],
    ['a weight above one, after a one', 'text/plain,application/openmetrics-text;version=1.0.0;q=7', TEXT],
    ['a weight that is no number, which counts as one', 'text/plain;q=0.9,application/openmetrics-text;version=1.0.0;q=abc', OPENMETRICS],
    ['an empty weight, which counts as one', 'text/plain;q=0.9,application/openmetrics-text;version=1.0.0;q=', OPENMETRICS],
    ['a weight in hexadecimal, which counts as one', 'text/plain;q=0.9,application/openmetrics-text;version=1.0.0;q=0x0', OPENMETRICS],
    ['a weight without its zero', 'text/plain;q=0.4,application/openmetrics-text;version=1.0.0;q=.5', OPENMETRICS],
    ['commas', ',,,', TEXT],
    ['several headers, joined', 'application/json, text/plain;q=0.1, application/openmetrics-text;version=1.0.0', OPENMETRICS],
  ])('%s', (_, accept, contentType) => {
    expect(negotiate(accept).contentType).toBe(contentType)
  })
})

/** As prometheus/common answers, but that it names `underscores` unasked, and quotes names in versions that have no quotes for them. */
describe('escaping', () => {
  const dialects = [
    { ask: 'text/plain;version=0.0.4', answer: TEXT, syntax: 'text', unasked: '', utf8: 'underscores' },
    { ask: 'text/plain', answer: TEXT, syntax: 'text', unasked: '', utf8: 'underscores' },
    { ask: 'text/plain;version=1.0.0', answer: TEXT_100, syntax: 'text', unasked: '; escaping=underscores', utf8: 'allow-utf-8' },
    { ask: 'application/openmetrics-text;version=0.0.1', answer: DRAFT, syntax: 'openmetrics', unasked: '', utf8: 'underscores' },
    { ask: 'application/openmetrics-text;version=1.0.0', answer: OPENMETRICS, syntax: 'openmetrics', unasked: '', utf8: 'allow-utf-8' },
    { ask: ASK_PROTOBUF, answer: PROTOBUF, syntax: 'protobuf', unasked: '', utf8: 'allow-utf-8' },
    { ask: '*/*', answer: TEXT, syntax: 'text', unasked: '', utf8: 'underscores' },
  ] as const

  test.each(dialects)('of $ask', ({ ask, answer, syntax, unasked, utf8 }) => {
    const plain = { syntax, escaping: 'underscores', contentType: answer + unasked }
    expect(negotiate(ask)).toEqual(plain)
    for (const unknown of ['', 'none', 'UNDERSCORES', 'allow-utf8', '__proto__', 'toString']) {
      expect(negotiate(`${ask};escaping=${unknown}`)).toBe(negotiate(ask))
    }
    const escapings = { underscores: 'underscores', dots: 'dots', values: 'values', 'allow-utf-8': utf8 } as const
    for (const scheme of ESCAPING_SCHEMES) {
      const escaping = escapings[scheme]
      expect(negotiate(`${ask}; escaping=${scheme};q=0.3`)).toEqual({ syntax, escaping, contentType: `${answer}; escaping=${escaping}` })
    }
  })

  test.each([
    [
      'is that of the entry that won',
      'text/plain;version=0.0.4;escaping=dots;q=0.1,application/openmetrics-text;version=1.0.0',
      OPENMETRICS,
    ],
    // prometheus/common lets the escaping of an entry it passes over colour the next one.
    ['is not that of an entry nobody serves', 'application/json;escaping=values,text/plain;q=0.5', TEXT],
    ['is the first when there are two', 'text/plain;escaping=dots;escaping=values', `${TEXT}; escaping=dots`],
    ['is ignored when the first of two is unknown', 'text/plain;escaping=x;escaping=values', TEXT],
  ])('%s', (_, accept, contentType) => {
    expect(negotiate(accept).contentType).toBe(contentType)
  })
})

describe('formats', () => {
  test('are constants: frozen, no two alike, and each the answer to somebody', () => {
    expect(FORMATS).toHaveLength(22)
    expect(new Set(FORMATS.map(({ contentType }) => contentType)).size).toBe(22)
    expect([FORMATS, ...FORMATS].every((each) => Object.isFrozen(each))).toBe(true)
    for (const format of FORMATS) expect(negotiate(format.contentType)).toBe(format)
    expect(FORMATS[0]).toBe(negotiate(undefined))
  })

  test('are looked for among the syntaxes that the caller can write', () => {
    const accept = SERVERS.find(({ version }) => version.startsWith('3.4 to 3.14 that prefers'))!.accept
    const answers = (syntaxes?: readonly Format['syntax'][]): string => negotiate(accept, syntaxes).contentType
    expect(answers()).toBe(PROTOBUF)
    expect(answers(['text', 'openmetrics'])).toBe(`${OPENMETRICS}; escaping=allow-utf-8`)
    expect(answers(['text'])).toBe(`${TEXT_100}; escaping=allow-utf-8`)
    expect(answers([])).toBe(TEXT)
  })

  test('answer any header whatever, and never with anything that was sent', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'text/plain',
        'application/openmetrics-text',
        ASK_PROTOBUF,
        '*/*',
        ';',
        ',',
        '"',
        '\\',
        '=',
        ' ',
        'q',
        'version',
        'escaping',
      ),
      fc.constantFrom('1.0.0', '0.0.1', '0', '2', 'values', 'allow-utf-8', '__proto__'),
      fc.string(),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        expect(FORMATS).toContain(negotiate(pieces.join('')))
      }),
      { numRuns: 500, interruptAfterTimeLimit: 2_000 },
    )
  })

  test.each([
    [
      'entries',
      `${'application/openmetrics-text;version=9.9.9;q=0.9,'.repeat(2_000)}application/openmetrics-text;version=1.0.0;q=0.1`,
      OPENMETRICS,
    ],
    ['parameters', `application/openmetrics-text;version=1.0.0${';x=1'.repeat(25_000)}`, OPENMETRICS],
    ['spaces and semicolons', `text/plain;${' '.repeat(100_000)}${';'.repeat(100_000)}`, TEXT],
    ['quotes', `text/plain;x=${'"'.repeat(100_000)},application/openmetrics-text;version=1.0.0;q=0.1`, TEXT],
    ['backslashes in quotes', `foo/bar;x="${'\\'.repeat(100_000)}",application/openmetrics-text;version=1.0.0`, OPENMETRICS],
    ['commas', `${','.repeat(100_000)}application/openmetrics-text;version=1.0.0`, OPENMETRICS],
    ['digits of a weight', `text/plain;q=0.1,application/openmetrics-text;version=1.0.0;q=0.${'9'.repeat(100_000)}`, OPENMETRICS],
  ])('are found in 100 kB of %s, in time in proportion', (_, accept, contentType) => {
    const started = performance.now()
    expect(negotiate(accept).contentType).toBe(contentType)
    // Some milliseconds; a quadratic reading would take seconds.
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})
