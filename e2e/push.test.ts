/** Debian's Pushgateway takes what a pusher brings, and holds it as the batch job meant it. */
import { execFileSync } from 'node:child_process'
import { createServer } from 'node:http'
import { createRegistry, type Registry } from '@postern/metrics'
import { createPusher, PushError, pushEvery } from '@postern/metrics/push'
import { issueCertificate, startServer, temporaryFolder } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { binary, isMissing } from './support/binaries.ts'
import { type Pushgateway, type Sample, startPushgateway } from './support/pushgateway.ts'

/** A registry with one gauge, `name`, that stands at `value`. */
function gauge(name: string, value: number): Registry {
  const registry = createRegistry()
  registry.gauge({ name, help: 'For the test.' }).set(value)
  return registry
}

const of = (samples: readonly Sample[], ...names: string[]): Sample[] => samples.filter(({ name }) => names.includes(name))

describe.skipIf(isMissing('prometheus-pushgateway'))('the Pushgateway', () => {
  test('holds a registry whole, compressed on the way', async () => {
    await using gateway = await startPushgateway()
    const registry = createRegistry()
    const files = registry.counter({ name: 'files_total', help: 'Files by "kind" \\ state.', labelNames: ['kind'] })
    for (let kind = 0; kind < 100; kind += 1) files.inc({ kind: `kind "${kind}"\n\\` }, kind)
    registry.histogram({ name: 'seconds', help: 'S.', buckets: [1, 2] }).observe(1.5)
    await createPusher(registry, { url: gateway.url }, { job: 'backup', labels: { instance: '10.0.0.1:9100' } }).push()
    const group = { job: 'backup', instance: '10.0.0.1:9100' }
    const samples = await gateway.samples()
    const counted = of(samples, 'files_total').sort((a, b) => a.value - b.value)
    expect(counted).toEqual(
      Array.from({ length: 100 }, (_, kind) => ({ name: 'files_total', labels: { kind: `kind "${kind}"\n\\`, ...group }, value: kind })),
    )
    expect(of(samples, 'seconds_bucket', 'seconds_sum', 'seconds_count')).toEqual([
      { name: 'seconds_bucket', labels: { ...group, le: '1' }, value: 0 },
      { name: 'seconds_bucket', labels: { ...group, le: '2' }, value: 1 },
      { name: 'seconds_bucket', labels: { ...group, le: '+Inf' }, value: 1 },
      { name: 'seconds_sum', labels: group, value: 1.5 },
      { name: 'seconds_count', labels: group, value: 1 },
    ])
    expect(of(samples, 'push_failure_time_seconds')).toEqual([{ name: 'push_failure_time_seconds', labels: group, value: 0 }])
  })

  test.each<{ name: string; job: string; labels: Record<string, string> }>([
    { name: 'plain', job: 'backup', labels: { instance: 'a', zone: 'eu-1' } },
    { name: 'slashes', job: 'a/b', labels: { path: '/var//tmp/', url: 'https://x.example/?a=b#c' } },
    { name: 'Unicode', job: 'Προμηθεύς', labels: { emoji: '🎉', nfd: 'e\u0301' } },
    { name: 'empty values', job: 'a', labels: { instance: '', path: '' } },
    { name: 'dots', job: '.', labels: { up: '..', more: '...' } },
    { name: 'what a path escapes', job: '100%', labels: { a: '%2F', b: 'c+d e', c: 'q?x#y', d: 'back\\slash' } },
    { name: 'what an exposition escapes', job: 'a"b', labels: { x: 'l1\nl2', y: '\\"' } },
    { name: 'control characters', job: '\u0000\u0007', labels: { x: '\r\t\u007f' } },
    { name: 'text that looks like base64', job: 'YQ==', labels: { x: '=', y: 'a@base64' } },
  ])('reads a group of $name', async ({ job, labels }) => {
    await using gateway = await startPushgateway()
    const pusher = createPusher(gauge('x', 1), { url: gateway.url }, { job, labels })
    await pusher.push()
    const group = { instance: '', ...labels, job }
    const pushed = await gateway.samples()
    expect(of(pushed, 'x', 'push_failure_time_seconds')).toEqual([
      { name: 'push_failure_time_seconds', labels: group, value: 0 },
      { name: 'x', labels: group, value: 1 },
    ])
    await pusher.remove()
    expect(await gateway.samples()).toEqual([])
  })

  test('replaces the group with a push, families of it with an addition, and leaves other groups alone', async () => {
    await using gateway = await startPushgateway()
    const target = { url: gateway.url }
    const held = async (): Promise<string[]> => {
      const samples = await gateway.samples()
      return samples.filter(({ name }) => !name.startsWith('push_')).map(({ name, labels, value }) => `${labels['job']} ${name} ${value}`)
    }
    await createPusher(gauge('a', 1), target, { job: 'one' }).push()
    await createPusher(gauge('a', 9), target, { job: 'two' }).push()
    await createPusher(gauge('b', 2), target, { job: 'one' }).add()
    await createPusher(gauge('a', 3), target, { job: 'one' }).add()
    expect(await held()).toEqual(['one a 3', 'two a 9', 'one b 2'])
    const pusher = createPusher(gauge('b', 4), target, { job: 'one' })
    await pusher.push()
    expect(await held()).toEqual(['two a 9', 'one b 4'])
    await pusher.remove()
    await pusher.remove()
    expect(await held()).toEqual(['two a 9'])
  })

  test('says why it refuses metrics that contradict those it has', async () => {
    await using gateway = await startPushgateway()
    const registry = createRegistry()
    registry.counter({ name: 'x_total', help: 'X.' })
    const target = { url: gateway.url }
    await createPusher(registry, target, { job: 'one' }).push()
    const error = await createPusher(gauge('x_total', 1), target, { job: 'two' })
      .push()
      .catch((reason: unknown) => reason)
    if (!(error instanceof PushError)) throw new Error('it was taken')
    expect(error).toMatchObject({ reason: 'answered_with_error', status: 400 })
    expect(error.body).toMatch(/^pushed metrics are invalid or inconsistent with existing metrics: collected metric "x_total" /)
    expect(error.message).toBe(`The Pushgateway at ${gateway.url} answered PUT with 400. It said: ${error.body}`)
    const failures = of(await gateway.samples(), 'push_failure_time_seconds').map(({ labels, value }) => [labels['job'], value > 0])
    expect(failures).toEqual([
      ['one', false],
      ['two', true],
    ])
  })

  test('says why it refuses what it cannot read', async () => {
    await using gateway = await startPushgateway()
    const source = { render: async () => ({ contentType: 'text/plain', body: 'x{ 1\n' }) }
    await expect(createPusher(source, { url: gateway.url }, { job: 'a' }).push()).rejects.toMatchObject({
      status: 400,
      body: 'text format parsing error in line 1: invalid label name for metric "x"',
    })
  })

  test('is found under a prefix, and missed without it', async () => {
    await using gateway = await startPushgateway({ args: ['--web.route-prefix=/push'] })
    await createPusher(gauge('x', 1), { url: `${gateway.url}/push/` }, { job: 'a' }).push()
    await expect(createPusher(gauge('x', 1), { url: gateway.url }, { job: 'a' }).push()).rejects.toMatchObject({
      status: 404,
      message: `The Pushgateway at ${gateway.url} answered PUT with 404. Look at the path of the url: /metrics/job/… is added to it. It said: 404 page not found`,
    })
  })

  test('holds how a batch job ended', async () => {
    await using gateway = await startPushgateway()
    const registry = createRegistry()
    const done = registry.counter({ name: 'done_total', help: 'Done.' })
    const pusher = createPusher(registry, { url: gateway.url }, { job: 'batch' })
    const errors: unknown[] = []
    const schedule = pushEvery(pusher, { intervalMilliseconds: 1, onError: (error) => errors.push(error) })
    for (let step = 0; step < 20; step += 1) {
      done.inc()
      await pusher.push()
    }
    done.inc()
    await schedule.stop()
    expect(errors).toEqual([])
    expect(of(await gateway.samples(), 'done_total').map(({ value }) => value)).toEqual([21])
  })
})

describe.skipIf(isMissing('prometheus-pushgateway', 'openssl', 'htpasswd'))('a Pushgateway behind TLS and a password', () => {
  test('takes a push with both, and nothing without', async () => {
    await using folder = await temporaryFolder()
    const authority = await issueCertificate({ subject: 'authority', ca: true })
    const [server, client, stranger] = await Promise.all([
      issueCertificate({ subject: 'gateway', issuer: authority, usage: 'serverAuth', names: ['IP:127.0.0.1'] }),
      issueCertificate({ subject: 'job', issuer: authority }),
      issueCertificate({ subject: 'stranger', ca: true }),
    ])
    const password = 'pässword: s3cret'
    const hash = execFileSync(binary('htpasswd'), ['-niBC', '4', ''], { input: password, encoding: 'utf8' }).trim().slice(1)
    const web = [
      'tls_server_config:',
      `  cert_file: ${await folder.write('server.crt', server.cert)}`,
      `  key_file: ${await folder.write('server.key', server.key)}`,
      `  client_ca_file: ${await folder.write('ca.crt', authority.cert)}`,
      '  client_auth_type: RequireAndVerifyClientCert',
      'basic_auth_users:',
      `  job: ${hash}`,
    ]
    await using gateway: Pushgateway = await startPushgateway({
      args: [`--web.config.file=${await folder.write('web.yml', web.join('\n'))}`],
      client: { ca: authority.cert, ...client, auth: `job:${password}` },
    })
    const { url } = gateway
    const tls = { ca: authority.cert, ...client }
    const authorization = { type: 'basic', username: 'job', password } as const
    const grouping = { job: 'a' }
    const refused = (push: Promise<void>): Promise<unknown> => push.then(() => 'taken').catch((error: unknown) => error)

    const wrong = { ...authorization, password: 'guess' }
    expect(await refused(createPusher(gauge('x', 1), { url, tls }, grouping).push())).toMatchObject({ status: 401, body: 'Unauthorized' })
    expect(await refused(createPusher(gauge('x', 1), { url, tls, authorization: wrong }, grouping).push())).toMatchObject({ status: 401 })
    expect(await refused(createPusher(gauge('x', 1), { url, authorization }, grouping).push())).toMatchObject({ reason: 'unreachable' })
    expect(await refused(createPusher(gauge('x', 1), { url, tls: { ca: authority.cert }, authorization }, grouping).push())).toMatchObject({
      reason: 'unreachable',
    })
    expect(
      await refused(createPusher(gauge('x', 1), { url, tls: { ...tls, ca: stranger.cert }, authorization }, grouping).push()),
    ).toMatchObject({ reason: 'unreachable' })
    expect(await gateway.samples()).toEqual([])

    await createPusher(gauge('x', 1), { url, tls, authorization }, grouping).push()
    expect(of(await gateway.samples(), 'x')).toEqual([{ name: 'x', labels: { instance: '', job: 'a' }, value: 1 }])
  })
})

test('a gateway that wants a token is shown it', async () => {
  const seen: unknown[] = []
  await using server = await startServer(
    createServer((request, response) => {
      seen.push(request.headers.authorization)
      response.writeHead(request.headers.authorization === 'Bearer t0k3n' ? 200 : 401).end()
    }),
  )
  const pusherWith = (token: string) =>
    createPusher(gauge('x', 1), { url: server.url, authorization: { type: 'bearer', token } }, { job: 'a' })
  await pusherWith('t0k3n').push()
  await expect(pusherWith('other').push()).rejects.toMatchObject({ status: 401 })
  expect(seen).toEqual(['Bearer t0k3n', 'Bearer other'])
})
