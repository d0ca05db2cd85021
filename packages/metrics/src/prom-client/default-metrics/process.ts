/** Processor time, start, memory and file descriptors of this process. */
import { HELP } from '../../runtime/help.ts'
import type { DefaultMetricName } from '../../runtime/names.ts'
import { attempt, CPU_TIMES, createCpuClock, maxDescriptors, PROC, startSeconds, statusBytes } from '../../runtime/process.ts'
import { Counter } from '../counter.ts'
import { Gauge } from '../gauge.ts'
import { type DefaultMetricsGroup, defineGroup } from './group.ts'
import { activeTrace } from './trace.ts'

export const processCpuTotal: DefaultMetricsGroup = defineGroup(CPU_TIMES, ({ prefix, labels, labelNames, registers, config }) => {
  const enableExemplars = config.enableExemplars || false
  const read = createCpuClock(process.cpuUsage())
  const collect = (): void => {
    const exemplarLabels = enableExemplars ? activeTrace() : undefined
    for (const [at, value] of read().entries()) {
      if (exemplarLabels) counters[at]?.inc({ labels, value, exemplarLabels })
      else counters[at]?.inc(labels, value)
    }
  }
  // The first one's collect takes the reading for all.
  const counters = CPU_TIMES.map(
    (name, at) =>
      new Counter({ name: prefix + name, help: HELP[name], enableExemplars, registers, labelNames, ...(at === 0 ? { collect } : {}) }),
  )
})

/** Of when it was loaded, as in prom-client: a clock that is set later changes nothing. */
const STARTED = startSeconds()

export const processStartTime: DefaultMetricsGroup = defineGroup(
  ['process_start_time_seconds'],
  ({ prefix, labels, labelNames, registers }) => {
    const gauge = new Gauge({
      name: `${prefix}process_start_time_seconds`,
      help: HELP.process_start_time_seconds,
      registers,
      labelNames,
      aggregator: 'omit',
      collect: () => gauge.set(labels, STARTED),
    })
  },
)

const isLinux = process.platform === 'linux'
const RESIDENT = 'process_resident_memory_bytes'
const MEMORY: readonly DefaultMetricName[] = isLinux ? [RESIDENT, 'process_virtual_memory_bytes', 'process_heap_bytes'] : [RESIDENT]

/** Elsewhere than on Linux the resident memory alone. */
export const osMemoryHeap: DefaultMetricsGroup = defineGroup(MEMORY, ({ prefix, labels, labelNames, registers }) => {
  const gauges: Gauge[] = []
  const collect = (): void => {
    if (!isLinux) {
      gauges[0]?.set(labels, process.memoryUsage.rss())
      return
    }
    const status = attempt(() => PROC.read('status'))
    if (status === undefined) return
    for (const [at, row] of ['VmRSS', 'VmSize', 'VmData'].entries()) gauges[at]?.set(labels, statusBytes(status, row))
  }
  for (const [at, name] of MEMORY.entries()) {
    gauges.push(new Gauge({ name: prefix + name, help: HELP[name], registers, labelNames, ...(at === 0 ? { collect } : {}) }))
  }
})

export const processOpenFileDescriptors: DefaultMetricsGroup = defineGroup(
  ['process_open_fds'],
  ({ prefix, labels, labelNames, registers }) => {
    if (!isLinux) return
    const gauge = new Gauge({
      name: `${prefix}process_open_fds`,
      help: HELP.process_open_fds,
      registers,
      labelNames,
      collect: () => {
        const count = attempt(() => PROC.countDescriptors())
        if (count !== undefined) gauge.set(labels, count)
      },
    })
  },
)

export const processMaxFileDescriptors: DefaultMetricsGroup = defineGroup(
  ['process_max_fds'],
  ({ prefix, labels, labelNames, registers }) => {
    const limit = maxDescriptors()
    if (limit === undefined) return
    const gauge = new Gauge({
      name: `${prefix}process_max_fds`,
      help: HELP.process_max_fds,
      registers,
      labelNames,
      collect: () => gauge.set(labels, limit),
    })
  },
)

const VERSION_LABELS = ['version', 'major', 'minor', 'patch']

export const version: DefaultMetricsGroup = defineGroup(['nodejs_version_info'], ({ prefix, labels, labelNames, registers }) => {
  const [major, minor, patch] = process.version.slice(1).split('.').map(Number)
  const gauge = new Gauge({
    name: `${prefix}nodejs_version_info`,
    help: HELP.nodejs_version_info,
    labelNames: [...VERSION_LABELS, ...labelNames],
    registers,
    aggregator: 'first',
    // At each scrape, so that it is there after a reset.
    collect: () => gauge.set({ version: process.version, major, minor, patch, ...labels }, 1),
  })
})
