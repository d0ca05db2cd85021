import { negotiate } from '@postern/metrics'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const TEXT = 'text/plain; version=0.0.4; charset=utf-8'
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'
const DRAFT = 'application/openmetrics-text; version=0.0.1; charset=utf-8'
const PROTOBUF = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited'

describe('what Prometheus sends', () => {
  test.each([
    [
      '2.42 to 2.48',
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      OPENMETRICS,
    ],
    [
      '2.42 that prefers protobuf',
      `${PROTOBUF},application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`,
      OPENMETRICS,
    ],
    // Its wildcard weighs two by mistake; clamped to one, it is still what the server likes best.
    [
      '2.49.0',
      'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=2',
      TEXT,
    ],
    [
      '2.49.1 to 2.55',
      'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      OPENMETRICS,
    ],
    [
      '3.0 to 3.3',
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;escaping=allow-utf-8;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;escaping=allow-utf-8;q=0.3,*/*;q=0.2',
      OPENMETRICS,
    ],
    [
      '3.4 to 3.14',
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      OPENMETRICS,
    ],
    [
      '3.4 that prefers protobuf',
      `${PROTOBUF};q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1`,
      OPENMETRICS,
    ],
  ])('%s', (_, accept, contentType) => {
    expect(negotiate(accept).contentType).toBe(contentType)
  })
})

describe('what others send', () => {
  test.each([
    ['nothing', undefined, TEXT],
    ['an empty header', '', TEXT],
    ['anything', '*/*', TEXT],
    ['any text', 'text/*', TEXT],
    ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8', TEXT],
    ['protobuf alone', PROTOBUF, TEXT],
    ['text without a version', 'text/plain', TEXT],
    ['text 1.0.0 alone', 'text/plain;version=1.0.0', TEXT],
    ['text 1.0.0 before OpenMetrics', 'text/plain;version=1.0.0,application/openmetrics-text;version=1.0.0;q=0.1', OPENMETRICS],
    ['OpenMetrics of the draft', 'application/openmetrics-text;version=0.0.1', DRAFT],
    ['OpenMetrics without a version', 'application/openmetrics-text', DRAFT],
    ['OpenMetrics of a version to come', 'application/openmetrics-text;version=2.0.0', TEXT],
    ['OpenMetrics of a version that never was', 'application/openmetrics-text;version=0.0.4', TEXT],
    [
      'a version to come, then one of now',
      'application/openmetrics-text;version=2.0.0,application/openmetrics-text;version=1.0.0;q=0.5',
      OPENMETRICS,
    ],
    ['upper case and spaces', ' Application/OpenMetrics-Text ; VERSION = 1.0.0 ; Q = 0.5 ', OPENMETRICS],
    ['a quoted version', 'application/openmetrics-text; version="1.0.0"', OPENMETRICS],
    ['half a quote', 'application/openmetrics-text; version="', TEXT],
    ['the version twice', 'application/openmetrics-text;version=1.0.0;version=2.0.0', OPENMETRICS],
    ['a weight twice', 'application/openmetrics-text;version=1.0.0;q=0.9;q=0.1,text/plain;q=0.5', OPENMETRICS],
    ['a weight twice, first a refusal', 'application/openmetrics-text;version=1.0.0;q=0;q=1', TEXT],
    ['a weight twice, first no number', 'application/openmetrics-text;version=1.0.0;q=abc;q=0.1,text/plain;q=0.5', OPENMETRICS],
    ['a parameter without a value', 'application/openmetrics-text;version=1.0.0;x', OPENMETRICS],
    ['equal weights, text first', 'text/plain;q=0.5,application/openmetrics-text;version=1.0.0;q=0.5', TEXT],
    ['equal weights, OpenMetrics first', 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.5', OPENMETRICS],
    ['a refusal', 'application/openmetrics-text;version=1.0.0;q=0', TEXT],
    ['a refusal with decimals', 'application/openmetrics-text;version=1.0.0;q=0.000,text/plain;q=0.1', TEXT],
    ['a weight below zero', 'application/openmetrics-text;version=1.0.0;q=-1', TEXT],
    ['a weight above one, after a one', 'text/plain,application/openmetrics-text;version=1.0.0;q=7', TEXT],
    ['a weight that is no number, which counts as one', 'text/plain;q=0.9,application/openmetrics-text;version=1.0.0;q=abc', OPENMETRICS],
    ['an empty weight, which counts as one', 'text/plain;q=0.9,application/openmetrics-text;version=1.0.0;q=', OPENMETRICS],
    ['a weight in hexadecimal, which counts as one', 'text/plain;q=0.9,application/openmetrics-text;version=1.0.0;q=0x0', OPENMETRICS],
    ['a weight without its zero', 'text/plain;q=0.4,application/openmetrics-text;version=1.0.0;q=.5', OPENMETRICS],
    ['commas', ',,,', TEXT],
  ])('%s', (_, accept, contentType) => {
    expect(negotiate(accept).contentType).toBe(contentType)
  })

  test('never answers with anything that was sent', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (type, version) => {
        expect([TEXT, OPENMETRICS, DRAFT]).toContain(negotiate(`${type},application/openmetrics-text;version=${version}`).contentType)
      }),
    )
  })

  test('reads a header of 100 kB without choking', () => {
    const entry = 'application/openmetrics-text;version=9.9.9;q=0.9,'
    expect(negotiate(`${entry.repeat(2_000)}application/openmetrics-text;version=1.0.0;q=0.1`).contentType).toBe(OPENMETRICS)
    expect(negotiate(`text/plain;${' '.repeat(100_000)}${';'.repeat(100_000)}`).contentType).toBe(TEXT)
  })
})
