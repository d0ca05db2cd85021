/** One endpoint for three libraries, scraped by Prometheus in the format that it asks for. */
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { createRegistry } from '@postern/metrics'
import { createOpenTelemetryReader, fromOpenTelemetry, fromPromClient } from '@postern/metrics/bridge'
import { temporaryFolder } from '@postern/testkit'
import { Counter, Histogram, Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { isMissing } from './support/binaries.ts'
import { allUp, eventually, startPrometheus } from './support/prometheus.ts'

test.skipIf(isMissing('prometheus'))('Prometheus finds prom-client and OpenTelemetry at the endpoint of our registry', async () => {
  const register = new Registry()
  const registers = [register]
  register.setDefaultLabels({ app: 'shop' })
  new Counter({ name: 'legacy_orders_total', help: 'Counted by prom-client.', labelNames: ['kind'], registers }).inc({ kind: 'new' }, 3)
  new Histogram({ name: 'legacy_seconds', help: 'Observed by prom-client.', buckets: [1, 2], registers }).observe(1.5)

  const reader = createOpenTelemetryReader()
  const meter = new MeterProvider({ readers: [reader] }).getMeter('shop', '1.2.0')
  meter.createCounter('shop.orders', { description: 'Counted by OpenTelemetry.' }).add(5, { 'order.kind': 'new' })
  meter.createHistogram('shop.duration', { unit: 's', advice: { explicitBucketBoundaries: [1, 2] } }).record(2)

  const registry = createRegistry()
  registry.counter({ name: 'orders_total', help: 'Counted by us.', labelNames: ['kind'] }).inc({ kind: 'new' }, 7)
  registry.include(fromPromClient(register))
  registry.include(fromOpenTelemetry(reader))

  const server = createServer((request, response) => void registry.handle(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await using folder = await temporaryFolder()
  const configuration = join(folder.path, 'prometheus.yml')
  await writeFile(
    configuration,
    `global: { scrape_interval: 1s }\nscrape_configs:\n  - { job_name: shop, static_configs: [{ targets: ['127.0.0.1:${port}'] }] }\n`,
  )
  await using prometheus = await startPrometheus(configuration)
  await eventually(() => prometheus.targets(), allUp(1))
  const valueOf = async (expression: string): Promise<number | undefined> => (await prometheus.query(expression)).get('shop')
  expect(await valueOf('orders_total{kind="new"}')).toBe(7)
  expect(await valueOf('legacy_orders_total{kind="new",app="shop"}')).toBe(3)
  expect(await valueOf('legacy_seconds_bucket{app="shop",le=~"2|2.0"}')).toBe(1)
  expect(await valueOf('shop_orders_total{order_kind="new",otel_scope_name="shop",otel_scope_version="1.2.0"}')).toBe(5)
  expect(await valueOf('shop_duration_seconds_bucket{le=~"1|1.0"}')).toBe(0)
  expect(await valueOf('shop_duration_seconds_bucket{le=~"2|2.0"}')).toBe(1)
  expect(await valueOf('target_info{telemetry_sdk_language="nodejs"}')).toBe(1)
  expect(await valueOf('postern_metrics_collect_errors_total')).toBeUndefined()
  server.closeAllConnections()
  server.close()
})
