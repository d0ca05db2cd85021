/** What the operating system says of this process. Of /proc, what cannot be read is left out: other systems have none. */
import { readdirSync, readFileSync } from 'node:fs'
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
  const started = Math.round(Date.now() / 1000 - process.uptime())
  scope.gauge({ name: 'process_start_time_seconds', help: 'Start time of the process since unix epoch in seconds.' }).set(started)
  observeMemory(scope, proc)
  observeDescriptors(scope, proc)
  const version = { version: process.version, ...versionParts(process.version) }
  const labelNames = ['version', 'major', 'minor', 'patch'] as const
  scope.gauge({ name: 'nodejs_version_info', help: 'Node.js version info.', labelNames }).set(version, 1)
}

/** The numbers of `v20.20.2`, and of `v23.0.0-nightly` too. */
export function versionParts(version: string): { major: string; minor: string; patch: string } {
  const [major = '', minor = '', patch = ''] = version.match(/\d+/g) ?? []
  return { major, minor, patch }
}

function observeCpu(scope: RuntimeScope): void {
  let seen = { user: 0, system: 0 }
  // One reading, so that the parts always add up to the whole.
  const collect = shareReading(() => {
    const usage = process.cpuUsage()
    // The kernel scales both against a sampled total and may take a little back.
    const userSeconds = Math.max(0, usage.user - seen.user) / 1e6
    const systemSeconds = Math.max(0, usage.system - seen.system) / 1e6
    seen = usage
    user.inc(userSeconds)
    system.inc(systemSeconds)
    total.inc(userSeconds + systemSeconds)
  })
  const user = scope.counter({ name: 'process_cpu_user_seconds_total', help: 'Total user CPU time spent in seconds.', collect })
  const system = scope.counter({ name: 'process_cpu_system_seconds_total', help: 'Total system CPU time spent in seconds.', collect })
  const total = scope.counter({ name: 'process_cpu_seconds_total', help: 'Total user and system CPU time spent in seconds.', collect })
}

function observeMemory(scope: RuntimeScope, proc: ProcReader): void {
  const resident = { name: 'process_resident_memory_bytes', help: 'Resident memory size in bytes.' }
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
  const virtual = scope.gauge({ name: 'process_virtual_memory_bytes', help: 'Virtual memory size in bytes.', collect })
  const limit = readLimit(proc, 'Max address space')
  if (limit !== undefined) {
    scope.gauge({ name: 'process_virtual_memory_max_bytes', help: 'Maximum amount of virtual memory available in bytes.' }).set(limit)
  }
  const heap = scope.gauge({ name: 'process_heap_bytes', help: 'Process heap size in bytes.', collect })
  const threads = scope.gauge({ name: 'process_threads', help: 'Number of operating system threads in the process.', collect })
}

/** The kernel writes `VmRSS:\t  123 kB` and means KiB. NaN when the row is not there. */
export function statusBytes(status: string, row: string): number {
  return Number(status.match(new RegExp(`^${row}:\\s*(\\d+) kB$`, 'm'))?.[1]) * 1024
}

function observeDescriptors(scope: RuntimeScope, proc: ProcReader): void {
  if (attempt(() => proc.countDescriptors()) !== undefined) {
    const help = 'Number of open file descriptors.'
    scope.gauge({ name: 'process_open_fds', help, collect: (gauge) => gauge.set(proc.countDescriptors()) })
  }
  const limit = readLimit(proc, 'Max open files')
  if (limit !== undefined) scope.gauge({ name: 'process_max_fds', help: 'Maximum number of open file descriptors.' }).set(limit)
}

/**
 * The soft limit of a row; undefined where it cannot be read. None at all is told as client_golang does, by the largest number that the
 * kernel has: with infinity, the share that is left, `(max - open) / max`, would be no number.
 */
function readLimit(proc: ProcReader, row: string): number | undefined {
  const limit = attempt(() => proc.read('limits'))?.match(new RegExp(`^${row}\\s+(\\d+|unlimited)`, 'm'))?.[1]
  return limit === undefined ? undefined : limit === 'unlimited' ? 2 ** 64 : Number(limit)
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
