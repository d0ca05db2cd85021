/** Compile-time promises: `tsc` fails when one of these mistakes stops being one. Vitest sees that each throws as well. */
import { createRegistry } from '@postern/metrics'
import { expect, test } from 'vitest'

const registry = createRegistry()
const requests = registry.counter({ name: 'requests_total', help: 'Requests.', labelNames: ['method', 'status'] })
const plain = registry.counter({ name: 'plain_total', help: 'Plain.' })
const temperature = registry.gauge({
  name: 'temperature',
  help: 'T.',
  labelNames: ['room'],
  collect: (gauge) => gauge.set({ room: 'a' }, 1),
})
const seconds = registry.histogram({ name: 'seconds', help: 'S.', labelNames: ['method', 'status'] })

test.each<{ name: string; call: () => unknown }>([
  // @ts-expect-error a label is misspelt
  { name: 'a misspelt label', call: () => requests.inc({ metod: 'GET', status: '200' }) },
  // @ts-expect-error a label is missing
  { name: 'a missing label', call: () => requests.inc({ method: 'GET' }) },
  // @ts-expect-error a label too many
  { name: 'a label too many', call: () => requests.inc({ method: 'GET', status: '200', path: '/' }) },
  // @ts-expect-error the labels are missing altogether
  { name: 'no labels where some are declared', call: () => requests.inc() },
  // @ts-expect-error the labels are missing altogether
  { name: 'an amount where labels come first', call: () => requests.inc(5) },
  // @ts-expect-error a label without a value
  { name: 'a label that is undefined', call: () => requests.inc({ method: undefined, status: '200' }) },
  // @ts-expect-error a label without a value
  { name: 'a label that is null', call: () => requests.labels({ method: null, status: '200' }) },
  // @ts-expect-error labels where none are declared
  { name: 'labels where none are declared', call: () => plain.inc({ method: 'GET' }) },
  // @ts-expect-error an amount that is text
  { name: 'an amount that is text', call: () => plain.inc('5') },
  // @ts-expect-error a misspelt label on a handle
  { name: 'a misspelt label on a handle', call: () => requests.labels({ metod: 'GET', status: '200' }) },
  // @ts-expect-error a list is not an object of labels
  { name: 'a list of label values', call: () => requests.labels(['GET', '200']) },
  // @ts-expect-error text is not an object of labels
  { name: 'text for labels', call: () => requests.labels('GET') },
  // @ts-expect-error null is not an object of labels
  { name: 'null for labels', call: () => plain.labels(null) },
  // @ts-expect-error a gauge without a value
  { name: 'a gauge set to nothing', call: () => temperature.set({ room: 'b' }) },
  // @ts-expect-error a misspelt label of a gauge
  { name: 'a misspelt label of a gauge', call: () => temperature.set({ rom: 'b' }, 1) },
  // @ts-expect-error a histogram without a value
  { name: 'a histogram that observes nothing', call: () => seconds.observe({ method: 'GET', status: 200 }) },
  // @ts-expect-error the label that was not given at the start is missing at the end
  { name: 'a timer that ends without the rest of its labels', call: () => seconds.startTimer({ method: 'GET' })() },
  // @ts-expect-error a misspelt label at the start
  { name: 'a timer with a misspelt label', call: () => seconds.startTimer({ metod: 'GET' })({ method: 'GET', status: 200 }) },
  // @ts-expect-error labels are missing before a value with an exemplar
  { name: 'a value with an exemplar where labels come first', call: () => seconds.observeWithExemplar(1, { trace_id: 'a' }) },
  // @ts-expect-error labels where none are declared
  { name: 'labels before an exemplar where none are declared', call: () => plain.incWithExemplar({ a: 'b' }, 1, { trace_id: 'a' }) },
  // @ts-expect-error rows by a label that is not declared
  { name: 'rows by another label', call: () => registry.info({ name: 'i', help: 'I.', labelNames: ['a'], rowLabelNames: ['b'] }) },
  // @ts-expect-error an exemplar is missing
  { name: 'a value without its exemplar', call: () => plain.incWithExemplar(1) },
])('refuses $name', ({ call }) => {
  expect(call).toThrow(TypeError)
})

test('takes text, numbers and booleans for label values, and an amount after them', () => {
  expect(() => {
    requests.inc({ method: 'GET', status: 200 }, 2)
    requests.labels({ status: false, method: 'GET' }).inc()
    temperature.inc({ room: 'b' })
    seconds.startTimer()({ method: 'GET', status: 200 })
    seconds.startTimer({ method: 'GET' })({ status: 200 })
    seconds.startTimer({ method: 'GET', status: 200 })()
  }).not.toThrow()
})
