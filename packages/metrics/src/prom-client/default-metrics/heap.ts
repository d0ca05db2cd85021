/** What V8 says of its memory, and how long its garbage collection takes. */
import { GC_BUCKETS, watchCollections } from '../../runtime/gc.ts'
import { HEAP_SIZES, readHeap, readSpaces, SPACE_SIZES } from '../../runtime/heap.ts'
import { HELP } from '../../runtime/help.ts'
import { Gauge } from '../gauge.ts'
import { Histogram } from '../histogram.ts'
import { type DefaultMetricsGroup, defineGroup } from './group.ts'

export const heapSizeAndUsed: DefaultMetricsGroup = defineGroup(HEAP_SIZES, ({ prefix, labels, labelNames, registers }) => {
  const collect = (): void => {
    for (const [at, bytes] of readHeap().entries()) gauges[at]?.set(labels, bytes)
  }
  const gauges = HEAP_SIZES.map(
    (name, at) => new Gauge({ name: prefix + name, help: HELP[name], registers, labelNames, ...(at === 0 ? { collect } : {}) }),
  )
})

export const heapSpacesSizeAndUsed: DefaultMetricsGroup = defineGroup(SPACE_SIZES, ({ prefix, labels, labelNames, registers }) => {
  const collect = (): void => {
    for (const { space, sizes } of readSpaces()) {
      for (const [at, bytes] of sizes.entries()) gauges[at]?.set({ space, ...labels }, bytes)
    }
  }
  const all = { registers, labelNames: ['space', ...labelNames] }
  const gauges = SPACE_SIZES.map(
    (name, at) => new Gauge({ name: prefix + name, help: HELP[name], ...all, ...(at === 0 ? { collect } : {}) }),
  )
})

const NAME = 'nodejs_gc_duration_seconds'

export const gc: DefaultMetricsGroup = defineGroup([NAME], ({ prefix, labels, labelNames, registers, config }) => {
  const histogram = new Histogram({
    name: prefix + NAME,
    help: HELP[NAME],
    labelNames: ['kind', ...labelNames],
    buckets: config.gcDurationBuckets || GC_BUCKETS,
    registers,
  })
  watchCollections((kind, seconds) => histogram.observe({ kind, ...labels }, seconds))
})
