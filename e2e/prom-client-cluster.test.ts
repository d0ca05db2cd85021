/** A cluster of real processes, of the drop-in, of prom-client, and of both: whoever asks and whoever answers, the sums are right. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startProcess } from './support/process.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const LIBRARIES = {
  ours: join(root, 'packages/prom-client/dist/index.js'),
  theirs: join(root, 'node_modules/prom-client/index.js'),
} as const

/** The primary asks as soon as all workers say that they are ready, prints what it gets and ends. */
const PROGRAM = `
const cluster = require('node:cluster')
const [, , primary, ...workers] = process.argv
if (cluster.isPrimary) {
  const { AggregatorRegistry } = require(primary)
  const registry = new AggregatorRegistry()
  let ready = 0
  cluster.on('message', async (_worker, message) => {
    if (message !== 'ready' || ++ready < workers.length) return
    console.log(JSON.stringify(await registry.clusterMetrics()))
    process.exit()
  })
  for (const [at, library] of workers.entries()) cluster.fork({ LIBRARY: library, AMOUNT: at + 1 })
} else {
  const { AggregatorRegistry, Counter, Gauge, Histogram } = require(process.env.LIBRARY)
  new AggregatorRegistry()
  const amount = Number(process.env.AMOUNT)
  new Counter({ name: 'jobs_total', help: 'Jobs.', labelNames: ['kind'] }).inc({ kind: 'a "b"' }, amount)
  new Gauge({ name: 'most', help: 'Most.', aggregator: 'max' }).set(amount)
  new Histogram({ name: 'seconds', help: 'Seconds.', buckets: [1, 2] }).observe(amount)
  process.send('ready')
}
`

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-cluster-'))
  writeFileSync(join(folder, 'program.cjs'), PROGRAM)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each([
  ['ours', ['ours', 'ours', 'ours']],
  ['ours', ['theirs', 'ours', 'theirs']],
  ['theirs', ['ours', 'theirs', 'ours']],
] as const)('a primary with %s adds up workers with %j', async (primary, workers) => {
  const args = [join(folder, 'program.cjs'), LIBRARIES[primary], ...workers.map((worker) => LIBRARIES[worker])]
  await using running = startProcess(process.execPath, args, { cwd: folder })
  const [, json = ''] = await running.printed(/^(".*")$/m)
  expect(JSON.parse(json)).toBe(`# HELP jobs_total Jobs.
# TYPE jobs_total counter
jobs_total{kind="a \\"b\\""} 6

# HELP most Most.
# TYPE most gauge
most 3

# HELP seconds Seconds.
# TYPE seconds histogram
seconds_bucket{le="1"} 1
seconds_bucket{le="2"} 2
seconds_bucket{le="+Inf"} 3
seconds_sum 6
seconds_count 3
`)
})
