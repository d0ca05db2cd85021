import { createRegistry, type Registry } from '@postern/metrics'
import { describe, expect, test } from 'vitest'
import { observeProcess, type ProcReader, statusBytes, versionParts } from '../../src/runtime/process.ts'
import { RuntimeScope } from '../../src/runtime/scope.ts'
import { scrapeText } from '../support/scrape.ts'
import { readExposition } from '../support/strict-reader.ts'

const STATUS = 'Name:\tnode\nVmPeak:\t 9999 kB\nVmSize:\t 300 kB\nVmRSS:\t     200 kB\nVmData:\t 100 kB\n'
const LIMITS =
  'Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1024                 524288               files     \n'

const absent = (): never => {
  throw new Error('ENOENT')
}

type Readings = Map<string, number>

async function observe(proc?: ProcReader): Promise<{ registry: Registry; read: () => Promise<Readings> }> {
  const registry = createRegistry()
  observeProcess(new RuntimeScope(registry, ''), proc)
  const read = async (): Promise<Readings> => {
    const samples = readExposition(await scrapeText(registry), 'text').flatMap((family) => family.samples)
    return new Map(samples.map(({ name, value }) => [name, value]))
  }
  return { registry, read }
}

describe('process metrics', () => {
  test('tell what the kernel says', async () => {
    const { read } = await observe({ read: (file) => (file === 'status' ? STATUS : LIMITS), countDescriptors: () => 12 })
    expect(Object.fromEntries(await read())).toMatchObject({
      process_resident_memory_bytes: 204_800,
      process_virtual_memory_bytes: 307_200,
      process_heap_bytes: 102_400,
      process_open_fds: 12,
      process_max_fds: 1024,
    })
  })

  test('leave out what another system cannot tell, and say nothing about it', async () => {
    const { read } = await observe({ read: absent, countDescriptors: absent })
    const found = await read()
    expect([...found.keys()]).toEqual([
      'process_cpu_user_seconds_total',
      'process_cpu_system_seconds_total',
      'process_cpu_seconds_total',
      'process_start_time_seconds',
      'process_resident_memory_bytes',
      'nodejs_version_info',
    ])
    expect(found.get('process_resident_memory_bytes')).toBeGreaterThan(1e6)
  })

  test('tell a limit that is none as the largest number of the kernel, by which a share can be told', async () => {
    const limits = `${LIMITS.replace('1024     ', 'unlimited')}Max address space         unlimited            unlimited            bytes     \n`
    const { registry, read } = await observe({ read: (file) => (file === 'status' ? STATUS : limits), countDescriptors: () => 12 })
    const found = await read()
    const [max = 0, open = 0] = [found.get('process_max_fds'), found.get('process_open_fds')]
    expect([max, found.get('process_virtual_memory_max_bytes'), (max - open) / max]).toEqual([2 ** 64, 2 ** 64, 1])
    expect(await scrapeText(registry)).toContain('\nprocess_max_fds 18446744073709552000\n')
  })

  test('measure this very process', async () => {
    const { read } = await observe()
    const before = await read()
    for (const end = performance.now() + 30; performance.now() < end; );
    const after = await read()
    const grown = (name: string): number =>
      (after.get(`process_cpu_${name}seconds_total`) ?? 0) - (before.get(`process_cpu_${name}seconds_total`) ?? 0)
    expect(grown('')).toBeGreaterThan(0)
    expect(grown('user_') + grown('system_')).toBeCloseTo(grown(''))
    expect(before.get('process_start_time_seconds')).toBeCloseTo(Date.now() / 1000 - process.uptime(), -1)
  })
})

test.each([
  ['v20.20.2', { major: '20', minor: '20', patch: '2' }],
  ['v23.0.0-nightly2024', { major: '23', minor: '0', patch: '0' }],
  ['', { major: '', minor: '', patch: '' }],
])('splits the version %j', (version, parts) => {
  expect(versionParts(version)).toEqual(parts)
})

test('reads a row of the status file by its whole name', () => {
  expect([statusBytes(STATUS, 'VmSize'), statusBytes(STATUS, 'Vm')]).toEqual([307_200, Number.NaN])
})
