/** What text 0.0.4 and 1.0.0 allow, and what becomes of it. */
import { describe, expect, test } from 'vitest'
import { type ParsedFamily, parseText } from '../../src/parser/index.ts'

const labels = (entries: Record<string, string> = {}): ReadonlyMap<string, string> => new Map(Object.entries(entries))
const untyped = { type: 'untyped', help: undefined, unit: undefined }

/** The only sample of the only family. */
function only(body: string): ParsedFamily['samples'][number] {
  const { families } = parseText(body)
  expect(families).toHaveLength(1)
  expect(families[0]?.samples).toHaveLength(1)
  return families[0]!.samples[0]!
}

test('reads a whole body: heads in either order, all types, comments and empty lines in between', () => {
  const body = [
    '# HELP http_requests_total Requests with "quotes", \\\\ and\\ntwo lines. ',
    '# TYPE http_requests_total counter',
    'http_requests_total{method="post",code="200"} 1027 1395066363000',
    '',
    '# A comment.',
    '#',
    '\t \t',
    'http_requests_total{method="get",code="400"}    3 ',
    '# TYPE rpc_seconds summary',
    '# HELP rpc_seconds',
    'rpc_seconds{quantile="0.01"} 3102',
    'rpc_seconds{quantile="0.5"} NaN',
    'rpc_seconds_sum 1.7560473e+07',
    'rpc_seconds_count 2693',
    '# TYPE h histogram',
    'h_bucket{le="0.05"} 24054',
    'h_bucket{le="+Inf"} 144320',
    'h_sum 53423',
    'h_count 144320',
    '# TYPE empty gauge',
    'something_weird{problem="division by zero"} +Inf',
    '',
  ].join('\n')
  expect(parseText(body).families).toEqual([
    {
      name: 'http_requests_total',
      type: 'counter',
      help: 'Requests with "quotes", \\ and\ntwo lines. ',
      unit: undefined,
      samples: [
        { name: 'http_requests_total', labels: labels({ method: 'post', code: '200' }), value: 1027, timestamp: 1395066363000, line: 3 },
        { name: 'http_requests_total', labels: labels({ method: 'get', code: '400' }), value: 3, line: 8 },
      ],
    },
    {
      name: 'rpc_seconds',
      type: 'summary',
      help: '',
      unit: undefined,
      samples: [
        { name: 'rpc_seconds', labels: labels({ quantile: '0.01' }), value: 3102, line: 11 },
        { name: 'rpc_seconds', labels: labels({ quantile: '0.5' }), value: Number.NaN, line: 12 },
        { name: 'rpc_seconds_sum', labels: labels(), value: 17560473, line: 13 },
        { name: 'rpc_seconds_count', labels: labels(), value: 2693, line: 14 },
      ],
    },
    {
      name: 'h',
      type: 'histogram',
      help: undefined,
      unit: undefined,
      samples: [
        { name: 'h_bucket', labels: labels({ le: '0.05' }), value: 24054, line: 16 },
        { name: 'h_bucket', labels: labels({ le: '+Inf' }), value: 144320, line: 17 },
        { name: 'h_sum', labels: labels(), value: 53423, line: 18 },
        { name: 'h_count', labels: labels(), value: 144320, line: 19 },
      ],
    },
    { name: 'empty', type: 'gauge', help: undefined, unit: undefined, samples: [] },
    {
      ...untyped,
      name: 'something_weird',
      samples: [{ name: 'something_weird', labels: labels({ problem: 'division by zero' }), value: Infinity, line: 21 }],
    },
  ])
})

test.each([
  ['an empty body', ''],
  ['empty lines', '\n\n \t\n'],
  ['comments', '#\n# \n#HELPFUL\n# helper x\n'],
])('finds no families in %s', (_, body) => {
  expect(parseText(body)).toEqual({ families: [] })
})

describe('reads the value', () => {
  test.each([
    ['0', 0],
    ['-0', -0],
    ['+5', 5],
    ['007', 7],
    ['123456789012345', 123456789012345],
    ['1234567890123456', 1234567890123456],
    ['1.', 1],
    ['.5', 0.5],
    ['-.5e-3', -0.0005],
    ['1E+02', 100],
    ['5e-324', 5e-324],
    ['1e-999', 0],
    ['Inf', Infinity],
    ['+infinity', Infinity],
    ['-inf', -Infinity],
    ['NaN', Number.NaN],
    ['nan', Number.NaN],
  ])('%s', (text, value) => {
    expect(only(`a ${text}\n`).value).toBe(value)
    expect(only(`a ${text} 7\n`)).toMatchObject({ value, timestamp: 7 })
  })
})

describe('reads the timestamp', () => {
  test.each([
    ['0', 0],
    ['00000000000000000000000', 0],
    ['00000000000000000000001', 1],
    ['9223372036854775807', 2 ** 63],
  ])('%s', (text, timestamp) => {
    expect(only(`a 1\t${text} \n`).timestamp).toBe(timestamp)
  })
})

describe('reads the labels', () => {
  test.each([
    ['none', 'a{} 1', {}],
    ['with blanks wherever they may be', '\t a \t{ b = "c" , \td="e" , } 1', { b: 'c', d: 'e' }],
    ['with nothing before the value', 'a{b="c"}1', { b: 'c' }],
    ['with a comma at the end', 'a{b="c",} 1', { b: 'c' }],
    ['with all escapes', 'a{b="\\\\n\\n\\"\\\\"} 1', { b: '\\n\n"\\' }],
    ['with more escapes than are joined at once', `a{b="${'\\n'.repeat(5000)}"} 1`, { b: '\n'.repeat(5000) }],
    ['with what looks like syntax', 'a{b="} 1 # {,=\t\r\0"} 1', { b: '} 1 # {,=\t\r\0' }],
    ['with names that objects have', 'a{constructor="x",toString="y"} 1', { constructor: 'x', toString: 'y' }],
    ['with an empty value', 'a{b=""} 1', { b: '' }],
    ['with a name in quotes', 'a{"label.x"="v",ok="w"} 1', { 'label.x': 'v', ok: 'w' }],
    ['of a histogram that is none', 'a{le="x",quantile="y"} 1', { le: 'x', quantile: 'y' }],
  ])('%s', (_, line, expected) => {
    expect([...only(`${line}\n`).labels]).toEqual(Object.entries(expected))
  })
})

describe('reads the name', () => {
  test.each([
    ['of a recording rule', 'job:a:rate5m 1', 'job:a:rate5m'],
    ['in quotes', '{"my.metric"} 1', 'my.metric'],
    ['in quotes before labels', '{"my.metric",l="v"} 1', 'my.metric'],
    ['in quotes with blanks and a comma', '{ "my metric" , } 1', 'my metric'],
    ['in quotes with escapes', '{"\\"\\n\\\\",l="v"} 1', '"\n\\'],
    ['in quotes that it would not need', '{"a"} 1', 'a'],
  ])('%s', (_, line, name) => {
    expect(only(`${line}\n`).name).toBe(name)
  })

  test('in quotes in HELP and TYPE', () => {
    expect(parseText('# HELP "my.metric"  Text.\n# TYPE "my.metric" gauge\n{"my.metric"} 1\n').families).toMatchObject([
      { name: 'my.metric', type: 'gauge', help: 'Text.', samples: [{ name: 'my.metric' }] },
    ])
  })

  test('without quotes only, when told to read 0.0.4 alone', () => {
    const read = (body: string) => () => parseText(body, { quotedNames: false })
    expect(read('a{b="c"} 1\n')).not.toThrow()
    const reason = 'stands where a name should, and names in quotes are not of this version. Write it without quotes.'
    expect(read('{"a"} 1\n')).toThrow(`line 1, column 2: "\\"a\\"} 1" ${reason}`)
    expect(read('# TYPE "a" gauge\n')).toThrow(`line 1, column 8: "\\"a\\" gauge" ${reason}`)
  })
})

describe('takes for different', () => {
  test.each([
    ['a label and another with its text', 'a{b="c"} 1\na{c="b"} 1\n'],
    ['a value that looks like two labels', 'a{b="1",c="2"} 1\na{b="1\\",c=\\"2"} 1\n'],
    ['a name that looks like two labels', 'a{b="1",c="2"} 1\na{"b=\\"1\\",c"="2"} 1\n'],
    ['values whose lengths add up', 'a{"x.y"="11",z="1"} 1\na{"x.y"="1",z="11"} 1\n'],
    ['the same labels of a sum and a count', '# TYPE s summary\ns_sum{a="b"} 1\ns_count{a="b"} 1\n'],
    ['names of which one starts with the other', 'ab 1\nabc 1\na 1\n'],
  ])('%s', (_, body) => {
    expect(() => parseText(body)).not.toThrow()
  })
})

describe('reads a histogram', () => {
  test.each([
    [
      'in any order of its series',
      'h_bucket{a="1",le="1"} 0\nh_bucket{le="1",a="2"} 0\nh_bucket{a="1",le="Inf"} 1\nh_bucket{a="2",le="+Inf"} 1',
    ],
    ['with its count first', 'h_count{a="1"} 1\nh_bucket{a="1",le="+Inf"} 1'],
    // The Python client leaves them out when a bound is below zero.
    ['without sum and count', 'h_bucket{le="-1"} 1\nh_bucket{le="+Inf"} 1'],
    ['with a sum below zero', 'h_bucket{le="-1"} 1\nh_bucket{le="+Inf"} 1\nh_sum -5\nh_count 1'],
    ['with halves, as a recording rule makes them', 'h_bucket{le="1"} 0.5\nh_bucket{le="+Inf"} 1.5\nh_count 1.5'],
  ])('%s', (_, lines) => {
    const { families } = parseText(`# TYPE h histogram\n${lines}\n`)
    expect(families.map(({ name, samples }) => [name, samples.length])).toEqual([['h', lines.split('\n').length]])
  })
})

test('takes suffixes for part of the name where the type has none', () => {
  const { families } = parseText('# TYPE a counter\na_total 1\na_sum 1\n# TYPE s summary\ns_bucket 1\n')
  expect(families.map(({ name, type }) => [name, type])).toEqual([
    ['a', 'counter'],
    ['a_total', 'untyped'],
    ['a_sum', 'untyped'],
    ['s', 'summary'],
    ['s_bucket', 'untyped'],
  ])
})
