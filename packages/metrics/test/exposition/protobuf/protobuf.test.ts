import { createRegistry } from '@postern/metrics'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteWriter } from '../../../src/exposition/byte-writer.ts'
import { MessageWriter, writeVarint } from '../../../src/exposition/protobuf/message.ts'
import { ACCEPT_PROTOBUF, decodeFamilies, scrapeProtobuf } from '../../support/protobuf-reader.ts'

const label = (name: string, value: string): object => ({ name, value })

describe('protobuf', () => {
  test('has every kind of family, with its name as registered', async () => {
    const registry = createRegistry({ defaultLabels: { app: 'a\\b' } })
    registry.counter({ name: 'c_total', help: 'C "quoted"\n.', labelNames: ['x'] }).inc({ x: 'a"\n\\' }, 2 ** 40 + 0.5)
    registry.gauge({ name: 'g_bytes', help: 'G.', unit: 'bytes' }).set(-0.5)
    registry.histogram({ name: 'h', help: 'H.', buckets: [1, 2] }).observe(1.5)
    registry.info({ name: 'build', help: 'B.', labelNames: ['version'] }).set({ version: '1' })
    registry.stateSet({ name: 'state', help: 'S.', states: ['on', 'off'] }).set('off')
    const { contentType, families } = await scrapeProtobuf(registry)
    const app = label('app', 'a\\b')
    expect(contentType).toBe('application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited')
    expect(families).toEqual([
      {
        name: 'c_total',
        help: 'C "quoted"\n.',
        type: 'COUNTER',
        metric: [{ label: [label('x', 'a"\n\\'), app], counter: { value: 2 ** 40 + 0.5 } }],
      },
      { name: 'g_bytes', help: 'G.', type: 'GAUGE', unit: 'bytes', metric: [{ label: [app], gauge: { value: -0.5 } }] },
      {
        name: 'h',
        help: 'H.',
        type: 'HISTOGRAM',
        metric: [
          {
            label: [app],
            histogram: {
              sample_count: 1,
              sample_sum: 1.5,
              bucket: [
                { cumulative_count: 0, upper_bound: 1 },
                { cumulative_count: 1, upper_bound: 2 },
                { cumulative_count: 1, upper_bound: Infinity },
              ],
            },
          },
        ],
      },
      { name: 'build_info', help: 'B.', type: 'GAUGE', metric: [{ label: [label('version', '1'), app], gauge: { value: 1 } }] },
      {
        name: 'state',
        help: 'S.',
        type: 'GAUGE',
        metric: [
          { label: [label('state', 'on'), app], gauge: { value: 0 } },
          { label: [label('state', 'off'), app], gauge: { value: 1 } },
        ],
      },
    ])
  })

  test('tells exemplars and births with their times', async () => {
    const registry = createRegistry({ createdTimestamps: true, wallClock: () => 1_700_000_000_123 })
    const time = { seconds: 1_700_000_000, nanos: 123_000_000 }
    registry.counter({ name: 'c_total', help: 'C.' }).labels().incWithExemplar(3, { trace_id: 'ä' })
    registry.histogram({ name: 'h', help: 'H.', buckets: [] }).labels().observeWithExemplar(7, {})
    const exemplar = { value: 3, timestamp: time, label: [label('trace_id', 'ä')] }
    expect((await scrapeProtobuf(registry)).families.map(({ metric }) => metric)).toEqual([
      [{ counter: { value: 3, exemplar, created_timestamp: time } }],
      [
        {
          histogram: {
            sample_count: 1,
            sample_sum: 7,
            bucket: [{ cumulative_count: 1, upper_bound: Infinity, exemplar: { value: 7, timestamp: time } }],
            created_timestamp: time,
          },
        },
      ],
    ])
  })

  test('leaves out families without a series', async () => {
    const registry = createRegistry()
    registry.counter({ name: 'c_total', help: 'C.', labelNames: ['x'] })
    expect((await scrapeProtobuf(registry)).families).toEqual([])
  })

  test('is whole for large families, kept or not, again and again', async () => {
    const registry = createRegistry()
    const counter = registry.counter({ name: 'c_total', help: 'C.', labelNames: ['i'] })
    for (let i = 0; i < 5000; i += 1) counter.inc({ i }, i)
    for (const round of [0, 1]) {
      const [family] = (await scrapeProtobuf(registry)).families
      expect(family?.metric?.map(({ counter: one }) => (one as { value: number }).value)).toEqual(
        Array.from({ length: 5000 }, (_, i) => i + (i === 17 ? round : 0)),
      )
      counter.inc({ i: 17 })
    }
  })

  test('given up in the middle gives its images back', async () => {
    const registry = createRegistry()
    const counter = registry.counter({ name: 'c_total', help: 'C.', labelNames: ['i'] })
    for (let i = 0; i < 2000; i += 1) counter.inc({ i }, i)
    const { body } = await registry.expose({ accept: ACCEPT_PROTOBUF })
    body?.leave()
    expect((await scrapeProtobuf(registry)).families[0]?.metric).toHaveLength(2000)
  })

  test('is never the whole text of render, which is a string', async () => {
    const { contentType } = await createRegistry().render({ accept: ACCEPT_PROTOBUF })
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8')
  })

  test('brings back any value, label and bucket', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.double())),
        fc.array(fc.double()),
        async (gauges, observed) => {
          const registry = createRegistry()
          const gauge = registry.gauge({ name: 'g', help: 'G.', labelNames: ['x'] })
          const values = new Map<string, number>()
          for (const [x, value] of gauges) {
            gauge.set({ x }, value)
            values.set(x, value)
          }
          const histogram = registry.histogram({ name: 'h', help: 'H.', buckets: [-1, 0, 1e9] })
          for (const value of observed) histogram.observe(value)
          const { families } = await scrapeProtobuf(registry)
          const series = families.find(({ name }) => name === 'g')?.metric ?? []
          expect(series.map((one) => [(one['label'] as { value: string }[])[0]?.value, (one['gauge'] as { value: number }).value])).toEqual(
            [...values],
          )
          const [histogramSeries] = families.find(({ name }) => name === 'h')?.metric ?? []
          const read = histogramSeries?.['histogram'] as { bucket: { cumulative_count: number }[] } | undefined
          const buckets = read?.bucket ?? []
          expect(buckets.map((bucket) => bucket.cumulative_count)).toEqual(
            [-1, 0, 1e9, Infinity].map((bound) => observed.filter((value) => value <= bound || bound === Infinity).length),
          )
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('messages', () => {
  test.each([0, 1, 127, 128, 300, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1, 2 ** 53])(
    'write the integer %d so that it is read back',
    (value) => {
      const histogram = new MessageWriter().unsigned(1, value)
      const metric = new MessageWriter().message(7, histogram)
      const family = new MessageWriter().message(4, metric)
      const body = new ByteWriter(1)
      writeVarint(body, family.writer.length)
      const [decoded] = decodeFamilies(Buffer.concat([body.view(), family.writer.view()]))
      expect(decoded?.metric).toEqual([{ histogram: { sample_count: value } }])
    },
  )

  test('write signed integers small, and packed', () => {
    const scratch = new MessageWriter()
    const histogram = new MessageWriter()
      .signed(5, -4)
      .packedSigned(13, [0, -1, 1, -2, 2 ** 40, -(2 ** 40)], scratch)
      .packedSigned(10, [], scratch)
    const family = new MessageWriter().message(4, new MessageWriter().message(7, histogram))
    const body = new ByteWriter(1)
    writeVarint(body, family.writer.length)
    const [decoded] = decodeFamilies(Buffer.concat([body.view(), family.writer.view()]))
    expect(decoded?.metric).toEqual([{ histogram: { schema: -4, positive_delta: [0, -1, 1, -2, 2 ** 40, -(2 ** 40)] } }])
  })
})
