/** What OpenMetrics 1.0 allows, and what becomes of it. */
import { describe, expect, test } from 'vitest'
import { parseOpenMetrics } from '../../src/parser/index.ts'
import { refusal } from './refusal.ts'

const END = '# EOF\n'
const labels = (entries: Record<string, string> = {}): ReadonlyMap<string, string> => new Map(Object.entries(entries))

test('reads a whole body: heads, all types, exemplars and times', () => {
  const body = [
    '# TYPE a_seconds counter',
    '# UNIT a_seconds seconds',
    '# HELP a_seconds Some text and \\n some \\" escaping, \\\\ and \\d.',
    'a_seconds_total{x="y"} 17.0 1520879607.789 # {trace_id="KOO5S4vxi0o"} 0.67 1520879607.5',
    'a_seconds_created{x="y"} 1520430000.123 1520879607.789',
    '# TYPE h histogram',
    'h_bucket{le="0.1"} 8 # {} 0.054',
    'h_bucket{le="+Inf"} 17 # {a="b"} 9.8',
    'h_count 17',
    'h_sum 324789.3',
    'h_created 1520430000.123',
    '# TYPE g gaugehistogram',
    'g_bucket{le="-1.0"} 20.0',
    'g_bucket{le="+Inf"} 42.0',
    'g_gcount 42.0',
    'g_gsum -3289.3',
    '# TYPE s summary',
    's{quantile="0.95"} NaN',
    's{quantile="0.5"} 1',
    's_count 1',
    's_sum 2',
    's_created 3',
    '# TYPE i info',
    'i_info{version="1"} 1',
    'i_info{version="2"} 1.0',
    '# TYPE st stateset',
    'st{st="a",e="x"} 0',
    'st{st="b",e="x"} 1',
    '# TYPE u unknown',
    '# UNIT u ',
    '# HELP u ',
    'u -5 -7',
    'bare{} +Inf',
    '# TYPE empty gauge',
    '# EOF',
  ].join('\n')
  const { families } = parseOpenMetrics(body)
  expect(families.map(({ name, type, unit, help, samples }) => [name, type, unit, help, samples.length])).toEqual([
    ['a_seconds', 'counter', 'seconds', 'Some text and \n some " escaping, \\ and \\d.', 2],
    ['h', 'histogram', undefined, undefined, 5],
    ['g', 'gaugehistogram', undefined, undefined, 4],
    ['s', 'summary', undefined, undefined, 5],
    ['i', 'info', undefined, undefined, 2],
    ['st', 'stateset', undefined, undefined, 2],
    ['u', 'unknown', undefined, undefined, 1],
    ['bare', 'unknown', undefined, undefined, 1],
    ['empty', 'gauge', undefined, undefined, 0],
  ])
  expect(families[0]?.samples).toEqual([
    {
      name: 'a_seconds_total',
      labels: labels({ x: 'y' }),
      value: 17,
      timestamp: 1520879607.789,
      exemplar: { labels: labels({ trace_id: 'KOO5S4vxi0o' }), value: 0.67, timestamp: 1520879607.5 },
      line: 4,
    },
    { name: 'a_seconds_created', labels: labels({ x: 'y' }), value: 1520430000.123, timestamp: 1520879607.789, line: 5 },
  ])
  expect(families[1]?.samples.map(({ exemplar }) => exemplar)).toEqual([
    { labels: labels(), value: 0.054 },
    { labels: labels({ a: 'b' }), value: 9.8 },
    undefined,
    undefined,
    undefined,
  ])
  expect(families[6]?.samples).toEqual([{ name: 'u', labels: labels(), value: -5, timestamp: -7, line: 32 }])
})

describe('reads', () => {
  test.each([
    ['nothing but the end', ''],
    ['an exemplar of exactly 128 characters', `# TYPE a counter\na_total 1 # {b="${'😀'.repeat(127)}"} 1\n`],
    ['an exemplar behind a timestamp', '# TYPE a counter\na_total 1 5 # {} NaN\n'],
    ['an escape that is none, as its grammar has it', 'a{b="\\x"} 1\n'],
    ['points in order of time', 'a 1 1.5\na 2 2.5\na{x="y"} 1 0\n'],
    [
      'points of many samples in order of time',
      '# TYPE s summary\ns_count{a="b"} 0 123\ns_sum{a="b"} 0 123\ns_count{a="b"} 0 456\ns_sum{a="b"} 0 456\n',
    ],
    ['points a nanosecond apart', 'a 1 1604676851.123456789\na 2 1604676851.123456790\n'],
    [
      'histograms a nanosecond apart',
      `# TYPE h histogram\n${['1604676851.123456789', '1604676851.123456790'].map((time) => `h_bucket{le="1.0"} 0 ${time}\nh_bucket{le="+Inf"} 1 ${time}\n`).join('')}`,
    ],
    // OpenMetrics forbids parsers to refuse them, and has some in its own examples.
    ['bounds in other spellings', '# TYPE h histogram\nh_bucket{le="1"} 11\nh_bucket{le="1.1e1"} 17\nh_bucket{le="+Inf"} 17\n'],
    ['a histogram without sum and count', '# TYPE h histogram\nh_bucket{le="-1.0"} 1\nh_bucket{le="+Inf"} 1\n'],
    ['a head in any order', '# HELP a_s x\n# UNIT a_s s\n# TYPE a_s gauge\na_s 1\n'],
    ['a carriage return in HELP and labels', '# HELP a x\ry\na{b="\r"} 1\n'],
    ['names in quotes', '# TYPE "my.metric" counter\n{"my.metric_total","l.x"="v"} 1\n'],
    ['a unit behind a name in quotes', '# UNIT "my.b_s" s\n{"my.b_s"} 1\n'],
    ['a family that only looks like a suffix', '# TYPE a gauge\na 1\n# TYPE a_total gauge\na_total 1\n'],
  ])('%s', (_, body) => {
    expect(refusal(parseOpenMetrics, body + END)).toBeUndefined()
  })
})

test('reads the end with or without its line feed', () => {
  expect(parseOpenMetrics('# EOF')).toEqual(parseOpenMetrics('# EOF\n'))
})

test('refuses names in quotes when told to', () => {
  expect(refusal((body) => parseOpenMetrics(body, { quotedNames: false }), `{"a"} 1\n${END}`)).toBe(
    'line 1, column 2: "\\"a\\"} 1" stands where a name should, and names in quotes are not of this version. Write it without quotes.',
  )
})

describe('when told to, wants canonical numbers and refuses', () => {
  test.each([
    [
      '# TYPE h histogram\nh_bucket{le="1"} 1\n',
      '"h_bucket{le=\\"1\\"}" has the le "1", and OpenMetrics spells that number 1.0. Write it so.',
    ],
    [
      '# TYPE h histogram\nh_bucket{le="1000000.0"} 1\n',
      '"h_bucket{le=\\"1000000.0\\"}" has the le "1000000.0", and OpenMetrics spells that number 1e+06. Write it so.',
    ],
    [
      '# TYPE s summary\ns{quantile="1"} 1\n',
      '"s{quantile=\\"1\\"}" has the quantile "1", and OpenMetrics spells that number 1.0. Write it so.',
    ],
  ])('%j', (body, reason) => {
    expect(refusal((text) => parseOpenMetrics(text, { canonicalNumbers: true }), body + END)).toBe(`line 2, column 1: ${reason}`)
  })

  test('nothing that our own spelling has', () => {
    const body = '# TYPE h histogram\nh_bucket{le="0.0"} 1\nh_bucket{le="1.0"} 1\nh_bucket{le="1e+06"} 1\nh_bucket{le="+Inf"} 1\n# EOF\n'
    expect(refusal((text) => parseOpenMetrics(text, { canonicalNumbers: true }), body)).toBeUndefined()
  })
})
