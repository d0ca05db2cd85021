/**
 * Packages that build on prom-client, unchanged, over the drop-in: laid out as npm does for
 * `"prom-client": "npm:@postern/prom-client@…"`, each in a process of its own. Needs a build.
 */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningProcess, startProcess } from './support/process.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const modules = join(root, 'node_modules')

/** Copied, so that they find what lies beside them here; what they need besides is linked. */
const COPIED = ['express-prom-bundle', '@willsoto/nestjs-prometheus', 'fastify-metrics']
const LINKED = [
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/platform-express',
  'express',
  'fastify',
  'fastify-plugin',
  'on-finished',
  'reflect-metadata',
  'rxjs',
  'url-value-parser',
]

let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-alias-'))
  const place = (name: string): string => {
    const path = join(folder, 'node_modules', name)
    mkdirSync(dirname(path), { recursive: true })
    return path
  }
  for (const name of COPIED) {
    cpSync(join(modules, name), place(name), { recursive: true, filter: (source) => !source.endsWith(join(name, 'node_modules')) })
  }
  for (const name of LINKED) symlinkSync(realpathSync(join(modules, name)), place(name))
  // The packages as they would be packed.
  for (const [name, source] of [
    ['prom-client', 'prom-client'],
    ['@postern/metrics', 'metrics'],
  ] as const) {
    for (const part of ['package.json', 'dist']) {
      cpSync(join(root, 'packages', source, part), join(place(name), part), { recursive: true })
    }
  }
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Said by each program: where it listens, and whose prom-client it and its library have. */
const REPORT = `
const { createRequire } = require('node:module')
const report = (port, library) => {
  const theirs = createRequire(require.resolve(library))
  console.log('ready ' + JSON.stringify({
    port,
    path: theirs.resolve('prom-client'),
    name: require('prom-client/package.json').name,
    shared: theirs('prom-client') === require('prom-client'),
  }))
}
`

interface Ready {
  readonly port: number
  readonly path: string
  readonly name: string
  readonly shared: boolean
}

async function start(name: string, program: string): Promise<{ ready: Ready; process: RunningProcess }> {
  const file = join(folder, `${name}.cjs`)
  writeFileSync(file, REPORT + program)
  const started = startProcess(process.execPath, [file], { cwd: folder })
  const [, json = ''] = await started.printed(/^ready (.*)$/m)
  return { ready: JSON.parse(json) as Ready, process: started }
}

const EXPRESS = `
const express = require('express')
const bundle = require('express-prom-bundle')
const app = express()
app.use(bundle({ includeMethod: true, includePath: true, includeStatusCode: true, customLabels: { shop: 'one' }, promClient: { collectDefaultMetrics: {} } }))
app.get('/hello', (_request, response) => response.send('hi'))
const server = app.listen(0, '127.0.0.1', () => report(server.address().port, 'express-prom-bundle'))
`

const NEST = `
require('reflect-metadata')
const { NestFactory } = require('@nestjs/core')
const { Controller, Get, Module } = require('@nestjs/common')
const { InjectMetric, makeCounterProvider, makeHistogramProvider, PrometheusModule } = require('@willsoto/nestjs-prometheus')
class HelloController {
  constructor(hellos, seconds) {
    this.hellos = hellos
    this.seconds = seconds
  }
  hello() {
    this.hellos.inc({ path: '/hello' })
    this.seconds.labels('/hello').observe(0.2)
    return 'hi'
  }
}
InjectMetric('hellos_total')(HelloController, undefined, 0)
InjectMetric('hello_seconds')(HelloController, undefined, 1)
Get('hello')(HelloController.prototype, 'hello', Object.getOwnPropertyDescriptor(HelloController.prototype, 'hello'))
Controller()(HelloController)
class AppModule {}
Module({
  imports: [PrometheusModule.register({ defaultLabels: { app: 'nest' } })],
  controllers: [HelloController],
  providers: [
    makeCounterProvider({ name: 'hellos_total', help: 'Hellos.', labelNames: ['path'] }),
    makeHistogramProvider({ name: 'hello_seconds', help: 'Seconds.', labelNames: ['path'], buckets: [0.1, 1] }),
  ],
})(AppModule)
NestFactory.create(AppModule, { logger: false })
  .then(async (app) => {
    const server = await app.listen(0, '127.0.0.1')
    report(server.address().port, '@willsoto/nestjs-prometheus')
  })
`

const FASTIFY = `
const fastify = require('fastify')
const metrics = require('fastify-metrics')
const app = fastify()
app.register(metrics.default ?? metrics, { endpoint: '/metrics', routeMetrics: { enabled: true } })
app.register(async (routes) => routes.get('/hello', async () => 'hi'))
app.listen({ port: 0, host: '127.0.0.1' }).then(() => report(app.server.address().port, 'fastify-metrics'))
`

describe.each([
  {
    name: 'express-prom-bundle',
    program: EXPRESS,
    lines: [
      /^http_request_duration_seconds_bucket\{le="\+Inf",status_code="200",method="GET",path="\/hello",shop="one"\} 2$/m,
      /^http_request_duration_seconds_count\{status_code="200",method="GET",path="\/hello",shop="one"\} 2$/m,
      /^up 1$/m,
    ],
  },
  {
    name: '@willsoto/nestjs-prometheus',
    program: NEST,
    lines: [
      /^hellos_total\{path="\/hello",app="nest"\} 2$/m,
      /^hello_seconds_bucket\{le="0.1",app="nest",path="\/hello"\} 0$/m,
      /^hello_seconds_bucket\{le="1",app="nest",path="\/hello"\} 2$/m,
    ],
  },
  {
    name: 'fastify-metrics',
    program: FASTIFY,
    lines: [
      /^http_request_duration_seconds_count\{method="GET",route="\/hello",status_code="200"\} 2$/m,
      /^http_request_summary_seconds_count\{method="GET",route="\/hello",status_code="200"\} 2$/m,
    ],
  },
])('$name over the drop-in', ({ name, program, lines }) => {
  test('shows its metrics and the default ones', async () => {
    const { ready, process: server } = await start(name.replace(/\W/g, '_'), program)
    await using _ = server
    expect(ready).toMatchObject({ name: '@postern/prom-client', shared: true })
    expect(ready.path).toBe(realpathSync(join(folder, 'node_modules/prom-client/dist/index.js')))
    const url = `http://127.0.0.1:${ready.port}`
    for (const _call of [1, 2]) expect(await (await fetch(`${url}/hello`)).text()).toBe('hi')
    const response = await fetch(`${url}/metrics`)
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/)
    const text = await response.text()
    for (const line of [...lines, /^process_cpu_user_seconds_total(\{.*\})? \d/m, /^nodejs_version_info\{version="v/m])
      expect(text).toMatch(line)
  })
})

describe('the package under the name prom-client', () => {
  test.each([
    [
      'require',
      `const client = require('prom-client'); const { Counter } = require('prom-client'); console.log(Counter === client.Counter && typeof client.register.metrics)`,
    ],
    [
      'a deep path',
      `const Registry = require('prom-client/lib/registry'); console.log(Registry.globalRegistry === require('prom-client').register && 'function')`,
    ],
    ['the cluster', `console.log(require('prom-client/lib/cluster') === require('prom-client').AggregatorRegistry && 'function')`],
    [
      'the class of all metrics',
      `const { Metric } = require('prom-client/lib/metric'); const { Gauge } = require('prom-client'); console.log(new Gauge({ name: 'g', help: 'x' }) instanceof Metric && 'function')`,
    ],
    [
      'one group of default metrics',
      `const gc = require('prom-client/lib/metrics/gc'); const { register } = require('prom-client'); gc(); console.log(gc.metricNames.every((name) => register.getSingleMetric(name)) && 'function'); process.exit()`,
    ],
    [
      'the setter of the content type',
      `'use strict'; const client = require('prom-client'); client.contentType = client.openMetricsContentType; console.log(client.register.contentType === client.openMetricsContentType && 'function')`,
    ],
    [
      'an import of everything, in all forms',
      `import('prom-client').then(({ default: client, Counter, ...all }) => console.log(client.Counter === Counter && all['module.exports'] === client && 'function'))`,
    ],
  ])('answers %s', async (name, program) => {
    const file = join(folder, `${name.replace(/\W/g, '_')}.cjs`)
    writeFileSync(file, program)
    await using run = startProcess(process.execPath, [file], { cwd: folder })
    await run.printed(/^function$/m)
  })

  test('has every path of prom-client that programs use, with and without its ending', async () => {
    const paths = [
      'bucketGenerators',
      'cluster',
      'counter',
      'defaultMetrics',
      'exemplar',
      'gauge',
      'histogram',
      'metric',
      'metricAggregators',
      'pushgateway',
      'registry',
      'summary',
      'validation',
    ]
    const groups = [
      'eventLoopLag',
      'gc',
      'heapSizeAndUsed',
      'heapSpacesSizeAndUsed',
      'osMemoryHeap',
      'processCpuTotal',
      'processHandles',
      'processMaxFileDescriptors',
      'processOpenFileDescriptors',
      'processRequests',
      'processResources',
      'processStartTime',
      'version',
    ]
    const all = [...paths, ...groups.map((group) => `metrics/${group}`)].map((path) => `prom-client/lib/${path}`)
    const file = join(folder, 'paths.cjs')
    // The kinds of things they answer with are those of prom-client itself.
    writeFileSync(
      file,
      `const describe = (value) => typeof value === 'function' ? 'function' : Object.keys(value).sort().join()
       const { createRequire } = require('node:module')
       const real = createRequire(${JSON.stringify(join(root, 'package.json'))})
       for (const path of ${JSON.stringify(all)}) {
         const [ours, theirs] = [require(path), real(path)]
         if (ours !== require(path + '.js')) throw new Error(path + ' is two modules')
         if (describe(ours) !== describe(theirs)) throw new Error(path + ' is ' + describe(ours) + ' and was ' + describe(theirs))
         if (String(ours.metricNames) !== String(theirs.metricNames)) throw new Error(path + ' has other metric names')
       }
       console.log('all there')`,
    )
    await using run = startProcess(process.execPath, [file], { cwd: folder })
    await run.printed(/^all there$/m)
  })
})
