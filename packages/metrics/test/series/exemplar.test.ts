import { describe, expect, test } from 'vitest'
import { createExemplar } from '../../src/series/exemplar.ts'

const exemplar = (labels: unknown) => createExemplar('Counter "x_total"', labels, 2, 1.5)

describe('an exemplar', () => {
  test('keeps its labels as text, with the value and the time', () => {
    const labels = { trace_id: 'abc', span: 7, sampled: true }
    const made = exemplar(labels)
    labels.trace_id = 'changed'
    expect(made).toEqual({
      labels: [
        ['trace_id', 'abc'],
        ['span', '7'],
        ['sampled', 'true'],
      ],
      value: 2,
      timestamp: 1.5,
    })
  })

  test.each([
    { name: 'ASCII', labels: { id: 'x'.repeat(126) } },
    { name: 'characters that are two units of UTF-16', labels: { id: '😀'.repeat(126) } },
    { name: 'halves of characters', labels: { id: '\ud83d'.repeat(126) } },
    { name: 'no labels', labels: {} },
  ])('may have 128 characters of $name', ({ labels }) => {
    expect(() => exemplar(labels)).not.toThrow()
  })

  test('refuses more than 128 characters', () => {
    const message =
      'Counter "x_total" was given an exemplar of 129 characters in [id], and OpenMetrics allows 128. Pass the trace and span alone.'
    expect(() => exemplar({ id: 'x'.repeat(127) })).toThrow(new RangeError(message))
    expect(() => exemplar({ id: 'x'.repeat(127) })).toThrow(RangeError)
  })

  test.each([
    {
      labels: { __x: '1' },
      message: 'The exemplar of Counter "x_total" has the label "__x": names in "__" belong to Prometheus itself. Write it without them.',
    },
    {
      labels: { 'trace-id': '1' },
      message:
        'The exemplar of Counter "x_total" has the label "trace-id": the alphabet is letters, digits and "_", and a digit cannot come first. Write it like status_code.',
    },
    {
      labels: null,
      message: 'Counter "x_total" was given the exemplar null. Pass an object of labels, such as { trace_id: \'4bf92f3577b34da6\' }.',
    },
    {
      labels: 'abc',
      message: 'Counter "x_total" was given the exemplar "abc". Pass an object of labels, such as { trace_id: \'4bf92f3577b34da6\' }.',
    },
  ])('refuses $labels', ({ labels, message }) => {
    expect(() => exemplar(labels)).toThrow(new TypeError(message))
  })
})
