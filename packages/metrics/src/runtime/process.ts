/** What the operating system says of this process. Of /proc, what cannot be read is left out: other systems have none. */
import { readdirSync, readFileSync } from 'node:fs'
import { HELP } from './help.ts'
import type { DefaultMetricName } from './names.ts'
import type { RuntimeScope } from './scope.ts'
import { shareReading } from './shared-reading.ts'

/** Files of the kernel about this process. Reading them is synchronous and cheap: no disk is asked, and libuv does no other. */
export interface ProcReader {
  /** @throws when there is no such file, as everywhere but on Linux. */
  read(file: 'status' | 'limits'): string
  /** How many descriptors are open. @throws as `read` does. */
  countDescriptors(): number
}

/** Of this process. */
export const PROC: ProcReader = {
  read: (file) => readFileSync(`/proc/self/${file}`, 'utf8'),
  // One less: listing the folder opens a descriptor of its own.
  countDescriptors: () => readdirSync('/proc/self/fd').length - 1,
}

export function observeProcess(scope: RuntimeScope, proc: ProcReader = PROC): void {
  observeCpu(scope)
  scope.gauge(named('process_start_time_seconds')).set(startSeconds())
  observeMemory(scope, proc)
  observeDescriptors(scope, proc)
  const version = { version: process.version, ...versionParts(process.version) }
  const labelNames = ['version', 'major', 'minor', 'patch'] as const
  scope.gauge({ ...named('nodejs_version_info'), labelNames }).set(version, 1)
}

function named(name: DefaultMetricName): { readonly name: DefaultMetricName; readonly help: string } {
  return { name, help: HELP[name] }
}

/** Unix time at which the process began, in whole seconds. */
export function startSeconds(): number {
  return Math.round(Date.now() / 1000 - process.uptime())
}

/** The numbers of `v20.20.2`, and of `v23.0.0-nightly` too. */
export function versionParts(version: string): { major: string; minor: string; patch: string } {
  const [major = '', minor = '', patch = ''] = version.match(/\d+/g) ?? []
  return { major, minor, patch }
}

export const CPU_TIMES = ['process_cpu_user_seconds_total', 'process_cpu_system_seconds_total', 'process_cpu_seconds_total'] as const

/**
 * Tells the processor time since the call before: seconds in the order of {@link CPU_TIMES}, of which the parts add up to the whole.
 * @param seen What was spent before the first call and is not to be told, in microseconds.
 */
export function createCpuClock(seen: { readonly user: number; readonly system: number }): () => readonly number[] {
  let last = seen
  return () => {
    const usage = process.cpuUsage()
    // The kernel scales both against a sampled total and may take a little back, which no counter can.
    const user = Math.max(0, usage.user - last.user) / 1e6
    const system = Math.max(0, usage.system - last.system) / 1e6
    last = usage
    return [user, system, user + system]
  }
}

function observeCpu(scope: RuntimeScope): void {
  const read = createCpuClock({ user: 0, system: 0 })
  const collect = shareReading(() => {
    for (const [at, seconds] of read().entries()) counters[at]?.inc(seconds)
  })
  const counters = CPU_TIMES.map((name) => scope.counter({ ...named(name), collect }))
}

function observeMemory(scope: RuntimeScope, proc: ProcReader): void {
  const resident = named('process_resident_memory_bytes')
  if (attempt(() => proc.read('status')) === undefined) {
    scope.gauge({ ...resident, collect: (gauge) => gauge.set(process.memoryUsage.rss()) })
    return
  }
  const collect = shareReading(() => {
    const status = proc.read('status')
    rss.set(statusBytes(status, 'VmRSS'))
    virtual.set(statusBytes(status, 'VmSize'))
    heap.set(statusBytes(status, 'VmData'))
    threads.set(Number(status.match(/^Threads:\s*(\d+)$/m)?.[1]))
  })
  const rss = scope.gauge({ ...resident, collect })
  const virtual = scope.gauge({ ...named('process_virtual_memory_bytes'), collect })
  const limit = readLimit(proc, 'Max address space')
  if (limit !== undefined) {
    scope.gauge(named('process_virtual_memory_max_bytes')).set(limit)
  }
  const heap = scope.gauge({ ...named('process_heap_bytes'), collect })
  const threads = scope.gauge({ ...named('process_threads'), collect })
}

/** The kernel writes `VmRSS:\t  123 kB` and means KiB. NaN when the row is not there. */
export function statusBytes(status: string, row: string): number {
  return Number(status.match(new RegExp(`^${row}:\\s*(\\d+) kB$`, 'm'))?.[1]) * 1024
}

function observeDescriptors(scope: RuntimeScope, proc: ProcReader): void {
  if (attempt(() => proc.countDescriptors()) !== undefined) {
    scope.gauge({ ...named('process_open_fds'), collect: (gauge) => gauge.set(proc.countDescriptors()) })
  }
  const limit = maxDescriptors(proc)
  if (limit !== undefined) scope.gauge(named('process_max_fds')).set(limit)
}

/** How many descriptors may be open; undefined where /proc does not say. */
export function maxDescriptors(proc: ProcReader = PROC): number | undefined {
  return readLimit(proc, 'Max open files')
}

/**
 * The soft limit of a row; undefined where it cannot be read. None at all is told as client_golang does, by the largest number that the
 * kernel has: with infinity, the share that is left, `(max - open) / max`, would be no number.
 */
function readLimit(proc: ProcReader, row: string): number | undefined {
  const limit = attempt(() => proc.read('limits'))?.match(new RegExp(`^${row}\\s+(\\d+|unlimited)`, 'm'))?.[1]
  return limit === undefined ? undefined : limit === 'unlimited' ? 2 ** 64 : Number(limit)
}

/** Undefined when it throws. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
