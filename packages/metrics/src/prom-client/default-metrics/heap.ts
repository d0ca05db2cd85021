/** What V8 says of its memory, and how long its garbage collection takes. */
import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics } from 'node:v8'
import { KINDS } from '../../runtime/gc.ts'
import { Gauge } from '../gauge.ts'
import { Histogram } from '../histogram.ts'
import { type DefaultMetricsGroup, defineGroup } from './group.ts'

const TOTAL = 'nodejs_heap_size_total_bytes'
const USED = 'nodejs_heap_size_used_bytes'
const EXTERNAL = 'nodejs_external_memory_bytes'

export const heapSizeAndUsed: DefaultMetricsGroup = defineGroup([TOTAL, USED, EXTERNAL], ({ prefix, labels, labelNames, registers }) => {
  const collect = (): void => {
    const memory = process.memoryUsage()
    total.set(labels, memory.heapTotal)
    used.set(labels, memory.heapUsed)
    external.set(labels, memory.external)
  }
  const common = { registers, labelNames }
  const total = new Gauge({ name: prefix + TOTAL, help: 'Process heap size from Node.js in bytes.', collect, ...common })
  const used = new Gauge({ name: prefix + USED, help: 'Process heap size used from Node.js in bytes.', ...common })
  const external = new Gauge({ name: prefix + EXTERNAL, help: 'Node.js external memory size in bytes.', ...common })
})

const SIZES = ['total', 'used', 'available'] as const

export const heapSpacesSizeAndUsed: DefaultMetricsGroup = defineGroup(
  SIZES.map((size) => `nodejs_heap_space_size_${size}_bytes`),
  ({ prefix, labels, labelNames, registers }) => {
    const collect = (): void => {
      for (const space of getHeapSpaceStatistics()) {
        const all = { space: space.space_name.replace(/_space$/, ''), ...labels }
        gauges[0]?.set(all, space.space_size)
        gauges[1]?.set(all, space.space_used_size)
        gauges[2]?.set(all, space.space_available_size)
      }
    }
    const gauges = SIZES.map(
      (size, at) =>
        new Gauge({
          name: `${prefix}nodejs_heap_space_size_${size}_bytes`,
          help: `Process heap space size ${size} from Node.js in bytes.`,
          labelNames: ['space', ...labelNames],
          registers,
          ...(at === 0 ? { collect } : {}),
        }),
    )
  },
)

/** Seconds. */
const GC_BUCKETS = [0.001, 0.01, 0.1, 1, 2, 5]

export const gc: DefaultMetricsGroup = defineGroup(['nodejs_gc_duration_seconds'], ({ prefix, labels, labelNames, registers, config }) => {
  const histogram = new Histogram({
    name: `${prefix}nodejs_gc_duration_seconds`,
    help: 'Garbage collection duration by kind, one of major, minor, incremental or weakcb.',
    labelNames: ['kind', ...labelNames],
    buckets: config.gcDurationBuckets || GC_BUCKETS,
    registers,
  })
  // Several come together when the event loop was busy: each counts.
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const kind = KINDS.get((entry as { readonly detail?: { readonly kind?: unknown } }).detail?.kind)
      if (kind !== undefined) histogram.observe({ kind, ...labels }, entry.duration / 1000)
    }
  })
  observer.observe({ entryTypes: ['gc'] })
})
