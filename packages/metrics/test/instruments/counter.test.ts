import { createRegistry } from '@postern/metrics'
import { describe, expect, test } from 'vitest'
import { sampleLines } from '../support/scrape.ts'

describe('a counter without labels', () => {
  test('is scraped as zero before the first event', async () => {
    const registry = createRegistry()
    registry.counter({ name: 'events_total', help: 'Events.' })
    expect(await sampleLines(registry)).toEqual(['events_total 0'])
  })

  test('grows by one, or by what it is given', async () => {
    const registry = createRegistry()
    const counter = registry.counter({ name: 'events_total', help: 'Events.' })
    counter.inc()
    counter.inc(5)
    counter.inc(0)
    counter.labels({}).inc(0.5)
    expect(await sampleLines(registry)).toEqual(['events_total 6.5'])
  })
})

describe('a counter with labels', () => {
  test('has no series before the first event, then one per combination, in order of appearance', async () => {
    const registry = createRegistry()
    const counter = registry.counter({ name: 'requests_total', help: 'Requests.', labelNames: ['method', 'status'] })
    expect(await sampleLines(registry)).toEqual([])
    counter.inc({ method: 'PUT', status: '201' })
    counter.inc({ status: '200', method: 'GET' }, 5)
    const held = counter.labels({ method: 'GET', status: '200' })
    held.inc()
    held.inc(2)
    expect(await sampleLines(registry)).toEqual([
      'requests_total{method="PUT",status="201"} 1',
      'requests_total{method="GET",status="200"} 8',
    ])
  })

  test('shows a series as soon as its handle exists', async () => {
    const registry = createRegistry()
    registry.counter({ name: 'errors_total', help: 'Errors.', labelNames: ['kind'] }).labels({ kind: 'timeout' })
    expect(await sampleLines(registry)).toEqual(['errors_total{kind="timeout"} 0'])
  })
})

describe('refusals', () => {
  const amounts = [
    {
      amount: -1,
      error: RangeError,
      message: 'Counter "x_total" was to grow by -1, and a counter only grows by finite amounts. Pass zero or more, or use a gauge.',
    },
    {
      amount: Number.NaN,
      error: RangeError,
      message: 'Counter "x_total" was to grow by NaN, and a counter only grows by finite amounts. Pass zero or more, or use a gauge.',
    },
    {
      amount: Infinity,
      error: RangeError,
      message: 'Counter "x_total" was to grow by Infinity, and a counter only grows by finite amounts. Pass zero or more, or use a gauge.',
    },
    { amount: '5', error: TypeError, message: 'Counter "x_total" was given "5", which is not a number. Pass a number.' },
    { amount: 5n, error: TypeError, message: 'Counter "x_total" was given 5, which is not a number. Pass a number.' },
    { amount: null, error: TypeError, message: 'Counter "x_total" was given null, which is not a number. Pass a number.' },
    {
      amount: Symbol('five'),
      error: TypeError,
      message: 'Counter "x_total" was given Symbol(five), which is not a number. Pass a number.',
    },
    { amount: [5], error: TypeError, message: 'Counter "x_total" was given an array, which is not a number. Pass a number.' },
    { amount: {}, error: TypeError, message: 'Counter "x_total" was given a value of type object, which is not a number. Pass a number.' },
  ]
  test.each(amounts)('refuses to grow by $amount, and keeps its value', async ({ amount, error, message }) => {
    const registry = createRegistry()
    const counter = registry.counter({ name: 'x_total', help: 'X.', labelNames: ['a'] })
    counter.inc({ a: 'b' }, 3)
    expect(() => counter.inc({ a: 'b' }, amount as number)).toThrow(new error(message))
    expect(() => counter.labels({ a: 'b' }).inc(amount as number)).toThrow(new error(message))
    expect(await sampleLines(registry)).toEqual(['x_total{a="b"} 3'])
  })

  test('names both lists when labels are missing or unknown', () => {
    const counter = createRegistry().counter({ name: 'x_total', help: 'X.', labelNames: ['method', 'status'] })
    expect(() => counter.inc({ method: 'GET', code: 200 } as never)).toThrow(
      new TypeError(
        'Counter "x_total" was called with the labels [method, code], without a value for [status] and with the unknown [code]; ' +
          'it declares [method, status]. Pass every declared label and no other.',
      ),
    )
    expect(() => counter.labels('GET' as never)).toThrow(
      new TypeError('Counter "x_total" was called with "GET" for its labels [method, status]. Pass an object that has each of them.'),
    )
  })
})
