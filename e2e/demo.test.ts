/** `npm start`, and a stock Prometheus with the configuration it wrote. */
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isMissing } from './support/binaries.ts'
import { startPostern, temporaryFolder } from './support/postern.ts'
import { freePort } from './support/process.ts'
import { allUp, eventually, startPrometheus } from './support/prometheus.ts'

const JOBS = ['postern-basic', 'postern-bearer', 'postern-client-certificate']

test.skipIf(isMissing('prometheus'))(
  'Prometheus scrapes the demo with each credential, its configuration unedited, and sees the shop',
  async () => {
    await using folder = await temporaryFolder()
    const dir = join(folder.path, 'demo')
    await using demo = startPostern(['demo', '--dir', dir, '--listen', `localhost:${await freePort()}`])
    await demo.printed(/^postern ready https:\/\/localhost:\d+\/metrics$/m)

    await using prometheus = await startPrometheus(join(dir, 'prometheus.yml'))
    const targets = await eventually(() => prometheus.targets(), allUp(3), 20_000)
    expect(targets.map((target) => target.job).toSorted()).toEqual(JOBS)
    expect(Object.fromEntries(await prometheus.query('up'))).toEqual(Object.fromEntries(JOBS.map((job) => [job, 1])))

    const seen = await eventually(
      () => prometheus.query('sum by (job) (shop_http_requests_total)'),
      (values) => [...values.values()].some((value) => value > 0),
    )
    expect([...seen.keys()].sort()).toEqual(JOBS)
    const grown = await eventually(
      () => prometheus.query('sum by (job) (shop_http_requests_total)'),
      (values) => JOBS.every((job) => (values.get(job) ?? 0) > (seen.get(job) ?? 0)),
    )
    expect(grown.size).toBe(3)
    expect((await prometheus.query('count by (job) (process_resident_memory_bytes)')).get('postern-basic')).toBe(1)
    expect((await prometheus.query('count by (job) (nodejs_heap_size_used_bytes)')).get('postern-basic')).toBe(1)

    expect(await demo.end('SIGINT')).toBe(0)
  },
)

test.skipIf(isMissing('prometheus'))('Prometheus with wrong secrets is told 401, and the target is down', async () => {
  await using folder = await temporaryFolder()
  const dir = join(folder.path, 'demo')
  await using demo = startPostern(['demo', '--dir', dir, '--listen', `localhost:${await freePort()}`])
  await demo.printed(/^postern ready /m)

  const other = join(folder.path, 'wrong')
  await cp(dir, other, { recursive: true })
  await writeFile(join(other, 'secrets', 'prometheus.password.1'), 'guessed')
  await writeFile(join(other, 'secrets', 'prometheus.token.1'), 'guessed-guessed-guessed-guessed')
  await using prometheus = await startPrometheus(join(other, 'prometheus.yml'))
  const byJob = async (): Promise<Map<string, string>> =>
    new Map((await prometheus.targets()).map((target) => [target.job, `${target.health}: ${target.lastError}`]))
  const targets = await eventually(byJob, (seen) => seen.size === 3 && [...seen.values()].every((text) => !text.startsWith('unknown')))
  expect(Object.fromEntries(targets)).toEqual({
    'postern-basic': 'down: server returned HTTP status 401 Unauthorized',
    'postern-bearer': 'down: server returned HTTP status 401 Unauthorized',
    'postern-client-certificate': 'up: ',
  })
  const up = await eventually(
    () => prometheus.query('up'),
    (seen) => seen.size === 3,
  )
  expect(Object.fromEntries(up)).toEqual({ 'postern-basic': 0, 'postern-bearer': 0, 'postern-client-certificate': 1 })

  expect(demo.output()).toContain('"reason":"bad_credentials"')
  const password = await readFile(join(dir, 'secrets', 'prometheus.password.1'), 'utf8')
  expect(demo.output()).not.toContain(password)
  expect(demo.output()).not.toContain('guessed')
})

test('a second demo keeps the folder and is ready again', async () => {
  await using folder = await temporaryFolder()
  const args = ['demo', '--dir', join(folder.path, 'demo'), '--listen', `localhost:${await freePort()}`]
  const secret = (): Promise<string> => readFile(join(folder.path, 'demo', 'secrets', 'prometheus.token.1'), 'utf8')
  const first = startPostern(args)
  await first.printed(/^postern ready /m)
  const before = await secret()
  expect(await first.end('SIGTERM')).toBe(0)

  await using second = startPostern(args)
  await second.printed(/^postern ready /m)
  expect(second.output()).toContain('was there and is kept')
  expect(second.output().match(/^proof {8}ok/gm)).toHaveLength(6)
  expect(await secret()).toBe(before)
})
