/** Every format as real servers read it: what is scraped from a registry can be queried, whichever version asks in whichever way. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry, type Registry } from '@postern/metrics'
import { expect, test } from 'vitest'
import { findBinary, isMissing } from './support/binaries.ts'
import { allUp, eventually, startPrometheus } from './support/prometheus.ts'

/** Debian's own, and others where the environment names them: `POSTERN_PROMETHEUS=/opt/prom-2.53/prometheus:/opt/prom-3.5/prometheus`. */
const SERVERS = [findBinary('prometheus'), ...(process.env['POSTERN_PROMETHEUS'] ?? '').split(':')].filter(
  (path): path is string => path !== undefined && path !== '',
)

/** `[2, 42]`, or `[3, 5]`. */
function versionOf(server: string): [major: number, minor: number] {
  const printed = execFileSync(server, ['--version'], { encoding: 'utf8' })
  const [, major = '0', minor = '0'] = printed.match(/version (\d+)\.(\d+)/) ?? []
  return [Number(major), Number(minor)]
}

const MODES = [
  { mode: 'text or OpenMetrics', flags: [], native: false },
  { mode: 'protobuf', flags: ['--enable-feature=native-histograms'], native: true },
] as const

const CASES = SERVERS.flatMap((server) => MODES.map((mode) => ({ server, ...mode, version: versionOf(server) })))

/** What a server that reads native buckets makes of `size_bytes`, and what others do. */
const NATIVE: readonly [expression: string, value: number][] = [
  ['histogram_count(size_bytes)', 100],
  ['histogram_sum(size_bytes)', 5050],
]
const CLASSIC: readonly [expression: string, value: number][] = [
  ['size_bytes_count', 100],
  ['size_bytes_bucket{le=~"100|100.0"}', 100],
]

/** Answers scrapes, and remembers how each server asked and was answered. */
async function serve(registry: Registry): Promise<{ port: number; contentTypes: Set<string> } & AsyncDisposable> {
  const contentTypes = new Set<string>()
  const server = createServer((request, response) => {
    void registry.handle(request, response).then(() => contentTypes.add(String(response.getHeader('content-type'))))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    contentTypes,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function createShop(names: 'legacy' | 'utf-8'): Registry {
  const registry = createRegistry({ createdTimestamps: true, names })
  const counter = registry.counter({ name: 'orders_total', help: 'Orders.', labelNames: ['kind'] })
  counter.labels({ kind: 'a"\\\n😀' }).incWithExemplar(41, { trace_id: '4bf92f3577b34da6' })
  registry.gauge({ name: 'queue_bytes', help: 'Waiting.', unit: 'bytes' }).set(2 ** 40)
  registry.histogram({ name: 'latency_seconds', help: 'Latency.', buckets: [0.1, 1] }).observe(0.5)
  const native = registry.nativeHistogram({ name: 'size_bytes', help: 'Sizes.', schema: 3, buckets: [100] })
  for (let value = 1; value <= 100; value += 1) native.observe(value)
  registry.summary({ name: 'wait_seconds', help: 'Waits.', quantiles: [0.5] }).observe(7)
  registry.info({ name: 'build', help: 'Build.', labelNames: ['version'] }).set({ version: '1.2.3' })
  registry.stateSet({ name: 'phase', help: 'Phase.', states: ['up', 'down'] }).set('up')
  if (names === 'utf-8') registry.gauge({ name: 'disk.used', help: 'Used.', labelNames: ['mount.point'] }).set({ 'mount.point': '/' }, 9)
  return registry
}

test.skipIf(isMissing('prometheus')).each(CASES)(
  'Prometheus $version reads every kind as $mode',
  async ({ server, flags, native, version }) => {
    const registry = createShop('utf-8')
    await using endpoint = await serve(registry)
    const folder = mkdtempSync(join(tmpdir(), 'postern-formats-'))
    try {
      const config = join(folder, 'prometheus.yml')
      const target = `{targets: ['127.0.0.1:${endpoint.port}']}`
      writeFileSync(config, `global: {scrape_interval: 1s}\nscrape_configs: [{job_name: shop, static_configs: [${target}]}]\n`)
      await using prometheus = await startPrometheus(config, { server, flags })
      const value = async (expression: string): Promise<number | undefined> => (await prometheus.query(expression)).get('shop')
      await eventually(() => prometheus.targets(), allUp(1))
      await eventually(
        () => value('orders_total'),
        (seen) => seen === 41,
      )
      // Servers from 3.0 on ask for UTF-8 names in the text formats, and as of 3.5 not in protobuf.
      const quoted = version[0] >= 3 && !native
      const expressions: readonly [expression: string, value: number][] = [
        ['orders_total{kind="a\\"\\\\\\n😀"}', 41],
        ['queue_bytes', 2 ** 40],
        ['latency_seconds_count', 1],
        ['latency_seconds_bucket{le=~"1|1.0"}', 1],
        ['wait_seconds{quantile="0.5"}', 7],
        ['build_info{version="1.2.3"}', 1],
        ['phase{phase="up"}', 1],
        ['phase{phase="down"}', 0],
        [quoted ? '{"disk.used","mount.point"="/"}' : 'disk_used{mount_point="/"}', 9],
        ...(native ? NATIVE : CLASSIC),
      ]
      const seen = await Promise.all(expressions.map(async ([expression]) => [expression, await value(expression)] as const))
      expect(seen).toEqual(expressions)
      if (native) {
        // Buckets of schema 3 are 9 % wide: the median of 1 to 100 lies in the one around 50.
        const median = await value('histogram_quantile(0.5, size_bytes)')
        expect(median).toBeGreaterThan(45)
        expect(median).toBeLessThan(55)
      }
      const [contentType = ''] = endpoint.contentTypes
      expect(endpoint.contentTypes.size).toBe(1)
      expect(contentType).toMatch(native ? /^application\/vnd\.google\.protobuf;/ : /^application\/openmetrics-text;/)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
)
