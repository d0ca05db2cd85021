/** Processor time, start, memory and file descriptors of this process. */
import { PROC, statusBytes } from '../../runtime/process.ts'
import { Counter } from '../counter.ts'
import { Gauge } from '../gauge.ts'
import { type DefaultMetricsGroup, defineGroup } from './group.ts'
import { activeTrace } from './trace.ts'

const CPU = ['process_cpu_user_seconds_total', 'process_cpu_system_seconds_total', 'process_cpu_seconds_total'] as const
const HELP = [
  'Total user CPU time spent in seconds.',
  'Total system CPU time spent in seconds.',
  'Total user and system CPU time spent in seconds.',
]

export const processCpuTotal: DefaultMetricsGroup = defineGroup(CPU, ({ prefix, labels, labelNames, registers, config }) => {
  const enableExemplars = config.enableExemplars || false
  let seen = process.cpuUsage()
  const collect = (): void => {
    const usage = process.cpuUsage()
    // The kernel may take a little back, which no counter can.
    const user = Math.max(0, usage.user - seen.user) / 1e6
    const system = Math.max(0, usage.system - seen.system) / 1e6
    seen = usage
    const exemplarLabels = enableExemplars ? activeTrace() : undefined
    for (const [at, value] of [user, system, user + system].entries()) {
      if (exemplarLabels) counters[at]?.inc({ labels, value, exemplarLabels })
      else counters[at]?.inc(labels, value)
    }
  }
  // The first one's collect takes the reading for all.
  const counters = CPU.map(
    (name, at) =>
      new Counter({ name: prefix + name, help: HELP[at], enableExemplars, registers, labelNames, ...(at === 0 ? { collect } : {}) }),
  )
})

const startSeconds = Math.round(Date.now() / 1000 - process.uptime())

export const processStartTime: DefaultMetricsGroup = defineGroup(
  ['process_start_time_seconds'],
  ({ prefix, labels, labelNames, registers }) => {
    const gauge = new Gauge({
      name: `${prefix}process_start_time_seconds`,
      help: 'Start time of the process since unix epoch in seconds.',
      registers,
      labelNames,
      aggregator: 'omit',
      collect: () => gauge.set(labels, startSeconds),
    })
  },
)

const isLinux = process.platform === 'linux'
const RESIDENT = 'process_resident_memory_bytes'
const MEMORY = isLinux ? [RESIDENT, 'process_virtual_memory_bytes', 'process_heap_bytes'] : [RESIDENT]

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
  const help = ['Resident memory size in bytes.', 'Virtual memory size in bytes.', 'Process heap size in bytes.']
  for (const [at, name] of MEMORY.entries()) {
    gauges.push(new Gauge({ name: prefix + name, help: help[at], registers, labelNames, ...(at === 0 ? { collect } : {}) }))
  }
})

export const processOpenFileDescriptors: DefaultMetricsGroup = defineGroup(
  ['process_open_fds'],
  ({ prefix, labels, labelNames, registers }) => {
    if (!isLinux) return
    const gauge = new Gauge({
      name: `${prefix}process_open_fds`,
      help: 'Number of open file descriptors.',
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
    const limit = attempt(() => PROC.read('limits'))?.match(/^Max open files\s+(\d+|unlimited)/m)?.[1]
    if (limit === undefined) return
    const gauge = new Gauge({
      name: `${prefix}process_max_fds`,
      help: 'Maximum number of open file descriptors.',
      registers,
      labelNames,
      collect: () => gauge.set(labels, limit === 'unlimited' ? Infinity : Number(limit)),
    })
  },
)

const VERSION_LABELS = ['version', 'major', 'minor', 'patch']

export const version: DefaultMetricsGroup = defineGroup(['nodejs_version_info'], ({ prefix, labels, labelNames, registers }) => {
  const [major, minor, patch] = process.version.slice(1).split('.').map(Number)
  const gauge = new Gauge({
    name: `${prefix}nodejs_version_info`,
    help: 'Node.js version info.',
    labelNames: [...VERSION_LABELS, ...labelNames],
    registers,
    aggregator: 'first',
    // At each scrape, so that it is there after a reset.
    collect: () => gauge.set({ version: process.version, major, minor, patch, ...labels }, 1),
  })
})

function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
