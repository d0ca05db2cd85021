import { describe, expect, test } from 'vitest'
import type { Attributes } from '../../src/bridge/opentelemetry-model.ts'
import { scopeLabels, translateAttributes, translateName, translateUnit } from '../../src/bridge/opentelemetry-names.ts'

describe('the name of a metric', () => {
  test.each([
    {
      name: 'http.server.request.duration',
      unit: 's',
      kind: 'histogram',
      becomes: 'http_server_request_duration_seconds',
      told: 'seconds',
    },
    { name: 'http.requests', unit: '{request}', kind: 'counter', becomes: 'http_requests_total', told: undefined },
    { name: 'requests_total', unit: '', kind: 'counter', becomes: 'requests_total', told: undefined },
    { name: 'sent_bytes_total', unit: 'By', kind: 'counter', becomes: 'sent_bytes_total', told: 'bytes' },
    { name: 'sent.total', unit: 'By', kind: 'counter', becomes: 'sent_bytes_total', told: 'bytes' },
    { name: 'sent', unit: 'By', kind: 'counter', becomes: 'sent_bytes_total', told: 'bytes' },
    { name: 'bytes_free', unit: 'By', kind: 'gauge', becomes: 'bytes_free_bytes', told: 'bytes' },
    { name: 'memory.utilization', unit: '1', kind: 'gauge', becomes: 'memory_utilization_ratio', told: 'ratio' },
    { name: 'a..b--c', unit: '', kind: 'gauge', becomes: 'a_b_c', told: undefined },
    { name: 'a_', unit: 's', kind: 'gauge', becomes: 'a_seconds', told: 'seconds' },
    { name: 'ns:a', unit: '', kind: 'gauge', becomes: 'ns:a', told: undefined },
    { name: '5xx', unit: '', kind: 'gauge', becomes: '_5xx', told: undefined },
    { name: '', unit: '', kind: 'gauge', becomes: '_', told: undefined },
    { name: 'größe', unit: '', kind: 'gauge', becomes: 'gr_e', told: undefined },
  ] as const)('$name in "$unit", a $kind, becomes $becomes', ({ name, unit, kind, becomes, told }) => {
    expect(translateName(name, unit, kind, true)).toEqual({ name: becomes, unit: told })
  })

  test.each([
    { name: 'sent', unit: 'By', becomes: 'sent', told: undefined },
    { name: 'sent.bytes', unit: 'By', becomes: 'sent_bytes', told: 'bytes' },
    { name: 'sent.bytes.total', unit: 'By', becomes: 'sent_bytes_total', told: 'bytes' },
  ])('is $becomes without suffixes', ({ name, unit, becomes, told }) => {
    expect(translateName(name, unit, 'counter', false)).toEqual({ name: becomes, unit: told })
  })
})

test.each([
  ['ms', 'milliseconds'],
  ['By/s', 'bytes_per_second'],
  ['{packet}/s', 'per_second'],
  ['m/s', 'meters_per_second'],
  ['foo/bar', 'foo_per_bar'],
  ['By/', 'bytes'],
  ['%', 'percent'],
  ['Cel', 'celsius'],
  ['m2', 'm2'],
  ['k.g', 'k_g'],
  ['{packet}', undefined],
  ['', undefined],
  ['1', undefined],
])('the unit %s is %s', (unit, word) => {
  expect(translateUnit(unit, 'counter')).toBe(word)
})

describe('attributes as labels', () => {
  test.each<{ name: string; attributes: Attributes; labels: Record<string, string> }>([
    { name: 'have underscores for what labels cannot have', attributes: { 'http.route': '/a' }, labels: { http_route: '/a' } },
    { name: 'are joined in the order of their keys', attributes: { 'a-b': '3', a_b: '2', 'a.b': '1' }, labels: { a_b: '3;1;2' } },
    { name: 'are texts', attributes: { n: 1, yes: true, list: ['a', 2] }, labels: { list: '["a",2]', n: '1', yes: 'true' } },
    { name: 'are left out without a value', attributes: { a: undefined, b: null }, labels: {} },
    { name: 'never begin with two underscores or a digit', attributes: { __name__: 'x', '1st': 'y' }, labels: { _1st: 'y', _name_: 'x' } },
  ])('$name', ({ attributes, labels }) => {
    expect(Object.fromEntries(translateAttributes(attributes))).toEqual(labels)
  })
})

test('a scope is told by what it has', () => {
  expect(scopeLabels({ name: 'shop' })).toEqual([['otel_scope_name', 'shop']])
  expect(scopeLabels({ name: 'shop', version: '1', schemaUrl: 'https://x' })).toEqual([
    ['otel_scope_name', 'shop'],
    ['otel_scope_version', '1'],
    ['otel_scope_schema_url', 'https://x'],
  ])
})
