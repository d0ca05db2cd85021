import { describe, expect, test } from 'vitest'
import { allowedError, compileSummary, type SummaryOptions } from '../../src/distributions/summary-options.ts'

const compile = (options: unknown): unknown => compileSummary('Summary "s"', options as SummaryOptions)

describe('the options of a summary', () => {
  test('have defaults: ten minutes in five steps', () => {
    expect(compile({ quantiles: [0.5] })).toMatchObject({ quantiles: [0.5], ageBuckets: 5, stepMilliseconds: 120_000 })
  })

  test('keep the order of the quantiles, and copy them', () => {
    const quantiles = [0.99, 0, 1, 0.5]
    const compiled = compileSummary('Summary "s"', { quantiles })
    quantiles.reverse()
    expect(compiled.quantiles).toEqual([0.99, 0, 1, 0.5])
    expect(compiled.limits).toHaveLength(2)
  })

  test('take minus zero for zero', () => {
    expect(compile({ quantiles: [-0] })).toMatchObject({ quantiles: [0] })
  })

  test('have one step that never ends where the age has no limit', () => {
    expect(compile({ quantiles: [], maxAgeSeconds: Infinity, ageBuckets: 7 })).toMatchObject({ ageBuckets: 1, stepMilliseconds: Infinity })
  })

  test.each([
    [0.5, 0.01],
    [0.9, 0.01],
    [0.95, 0.005],
    [0.99, 0.001],
    [0.999, 0.0001],
    [0.01, 0.001],
  ])('let the rank of the quantile %d be off by %d of all observations', (quantile, error) => {
    expect(allowedError(quantile)).toBeCloseTo(error, 15)
  })

  test.each<[string, unknown, Error]>([
    [
      'quantiles that are no array',
      { quantiles: 0.5 },
      new TypeError('Summary "s" has the quantiles 0.5, which is not an array. Write them like [0.5, 0.9, 0.99].'),
    ],
    [
      'a quantile that is text',
      { quantiles: ['0.5'] },
      new TypeError('Summary "s" has the quantile "0.5", which is not a number. Write one such as 0.99.'),
    ],
    [
      'a percentile',
      { quantiles: [99] },
      new RangeError('Summary "s" has the quantile 99, which is not from 0 to 1. Write the 99th percentile as 0.99.'),
    ],
    [
      'a quantile below zero',
      { quantiles: [-0.1] },
      new RangeError('Summary "s" has the quantile -0.1, which is not from 0 to 1. Write the 99th percentile as 0.99.'),
    ],
    [
      'NaN as a quantile',
      { quantiles: [Number.NaN] },
      new RangeError('Summary "s" has the quantile NaN, which is not from 0 to 1. Write the 99th percentile as 0.99.'),
    ],
    [
      'a quantile twice',
      { quantiles: [0.5, 0.9, 0.5] },
      new RangeError('Summary "s" has the quantile 0.5, which is there twice. Write it once.'),
    ],
    ['zero and minus zero', { quantiles: [0, -0] }, new RangeError('Summary "s" has the quantile 0, which is there twice. Write it once.')],
    [
      'an age of zero',
      { quantiles: [], maxAgeSeconds: 0 },
      new RangeError('Summary "s" has the maxAgeSeconds 0, which is not above zero. Write one such as 600, or Infinity for no window.'),
    ],
    [
      'an age in words',
      { quantiles: [], maxAgeSeconds: '10m' },
      new TypeError('Summary "s" has the maxAgeSeconds "10m", which is not a number. Write one such as 600.'),
    ],
    [
      'no age bucket',
      { quantiles: [], ageBuckets: 0 },
      new RangeError('Summary "s" has the ageBuckets 0, which is not a whole number from 1 to 100. Write one such as 5.'),
    ],
    [
      'half an age bucket',
      { quantiles: [], ageBuckets: 2.5 },
      new RangeError('Summary "s" has the ageBuckets 2.5, which is not a whole number from 1 to 100. Write one such as 5.'),
    ],
    [
      'too many age buckets',
      { quantiles: [], ageBuckets: 101 },
      new RangeError('Summary "s" has the ageBuckets 101, which is not a whole number from 1 to 100. Write one such as 5.'),
    ],
    [
      'age buckets that are null',
      { quantiles: [], ageBuckets: null },
      new TypeError('Summary "s" has the ageBuckets null, which is not a number. Write one such as 5.'),
    ],
  ])('may not be %s', (_, options, error) => {
    expect(() => compile(options)).toThrow(error)
    expect(() => compile(options)).toThrow(error instanceof RangeError ? RangeError : TypeError)
  })
})
