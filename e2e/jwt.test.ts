/** Prometheus fetches its tokens from an issuer (oauth2, client credentials) or reads them from a file, and scrapes with them. */
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { createGuard, type GuardEvent } from '@postern/guard'
import { createMetricsHandler } from '@postern/guard/node'
import { createRegistry } from '@postern/metrics'
import { type Issuer, issueCertificate, startIssuer, startServer } from '@postern/testkit'
import { expect, test } from 'vitest'
import { isMissing } from './support/binaries.ts'
import { curl } from './support/curl.ts'
import { startPostern, temporaryFolder } from './support/postern.ts'
import { freePort } from './support/process.ts'
import { eventually, startPrometheus, type Target } from './support/prometheus.ts'

const CLIENT = { id: 'prometheus', secret: 'canary secret/+=' }
const TOKEN = 'canary-token-of-a-file-0123456789'
const HOUR = 3_600_000

interface Job {
  readonly name: string
  /** Lines of the job that prove it, as YAML. */
  readonly proof: readonly string[]
}

/** prometheus.yml with one job for each proof, all of one target. */
function configurationOf(jobs: readonly Job[], { target, scheme, ca }: { target: string; scheme: 'http' | 'https'; ca: string }): string {
  const job = ({ name, proof }: Job): string =>
    [
      `  - job_name: ${name}`,
      `    scheme: ${scheme}`,
      '    follow_redirects: false',
      ...proof.map((line) => `    ${line}`),
      ...(scheme === 'https' ? ['    tls_config:', `      ca_file: ${ca}`] : []),
      '    static_configs:',
      `      - targets: ["${target}"]`,
    ].join('\n')
  return `global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n${jobs.map(job).join('\n')}\n`
}

const oauth2 = (issuer: Issuer, ca: string, secretFile: string): string[] => [
  'oauth2:',
  `  client_id: ${CLIENT.id}`,
  `  client_secret_file: ${secretFile}`,
  `  token_url: ${issuer.url}/token`,
  '  scopes: [metrics]',
  '  tls_config:',
  `    ca_file: ${ca}`,
]
const fromFile = (file: string): string[] => ['authorization:', '  type: Bearer', `  credentials_file: ${file}`]

const healthOf = (targets: readonly Target[]): Record<string, string> =>
  Object.fromEntries(targets.map(({ job, health, lastError }) => [job, `${health} ${lastError}`.trim()]))
const allScraped = (targets: readonly Target[]): boolean => targets.length > 0 && targets.every(({ health }) => health !== 'unknown')

test.skipIf(isMissing('prometheus', 'curl'))(
  'Prometheus scrapes an application with tokens of an issuer, and with a token of a file in its time and from its networks',
  async () => {
    await using folder = await temporaryFolder()
    await using issuer = await startIssuer({ audience: 'metrics', client: CLIENT })
    const write = async (name: string, content: string): Promise<string> => {
      await writeFile(join(folder.path, name), content, { mode: 0o600 })
      return join(folder.path, name)
    }
    const authority = await issueCertificate({ subject: 'Endpoints', ca: true })
    const pair = await issueCertificate({ subject: 'app', issuer: authority, usage: 'serverAuth', names: ['IP:127.0.0.1'] })
    const registry = createRegistry()
    registry.counter({ name: 'orders_total', help: 'Orders.' }).inc(7)
    const events: GuardEvent[] = []
    const guard = createGuard(
      {
        credentials: [
          {
            type: 'bearer',
            tokens: [
              { name: 'file', token: TOKEN, expires: new Date(Date.now() + 90 * 24 * HOUR), addresses: { allow: ['127.0.0.0/8'] } },
              { name: 'over', token: `${TOKEN}-over`, expires: new Date(Date.now() - HOUR) },
              { name: 'elsewhere', token: `${TOKEN}-elsewhere`, addresses: { allow: ['192.0.2.0/24'] } },
            ],
          },
          { type: 'jwt', issuer: issuer.url, audience: 'metrics', ca: issuer.ca },
        ],
      },
      { onEvent: (event) => events.push(event) },
    )
    await using server = await startServer(createServer(pair, createMetricsHandler(guard, registry)))

    const issuerCa = await write('issuer.crt', issuer.ca)
    const ca = await write('ca.crt', authority.cert)
    const jobs: Job[] = [
      { name: 'oauth2', proof: oauth2(issuer, issuerCa, await write('secret', CLIENT.secret)) },
      { name: 'stranger', proof: oauth2(issuer, issuerCa, await write('guess', 'a guess')) },
      { name: 'file', proof: fromFile(await write('token', TOKEN)) },
      { name: 'over', proof: fromFile(await write('over', `${TOKEN}-over`)) },
      { name: 'elsewhere', proof: fromFile(await write('elsewhere', `${TOKEN}-elsewhere`)) },
    ]
    const target = `127.0.0.1:${server.port}`
    await using prometheus = await startPrometheus(await write('prometheus.yml', configurationOf(jobs, { target, scheme: 'https', ca })))
    const health = healthOf(await eventually(() => prometheus.targets(), allScraped))
    expect(health).toEqual({
      oauth2: 'up',
      stranger: expect.stringMatching(/^down .*oauth2: cannot fetch token: 401/),
      file: 'up',
      over: 'down server returned HTTP status 401 Unauthorized',
      elsewhere: 'down server returned HTTP status 403 Forbidden',
    })
    const ups = await eventually(
      () => prometheus.query('count_over_time(orders_total[1m])'),
      (counts) => (counts.get('oauth2') ?? 0) >= 3 && (counts.get('file') ?? 0) >= 3,
    )
    expect([...ups.keys()].toSorted()).toEqual(['file', 'oauth2'])

    // One token and one look for keys are enough for many scrapes.
    expect(issuer.asked.filter((path) => path === '/jwks')).toHaveLength(1)
    const decisions = events.flatMap((event) => (event.type === 'decision' ? [event.decision] : []))
    const seen = decisions.map((decision) =>
      decision.allow ? `${decision.principal.credential} ${decision.principal.name}` : decision.reason,
    )
    expect([...new Set(seen)].toSorted()).toEqual(['address_not_allowed', 'bearer file', 'expired_credentials', 'jwt prometheus'])
    expect(JSON.stringify(events)).not.toMatch(/canary|eyJ/)

    // The issuer is away: what it signed is verified with the keys it had.
    const late = await issuer.sign({ sub: 'late' })
    issuer.answerWith((request) => request.socket.destroy())
    const url = `${server.url}/metrics`
    expect((await curl('--cacert', ca, '--header', `Authorization: Bearer ${late}`, url)).body).toContain('orders_total 7\n')
    expect((await curl('--cacert', ca, `${url}?access_token=${late}`)).status).toBe(401)
    await guard.close()
  },
)

test.skipIf(isMissing('prometheus', 'curl'))(
  'Prometheus scrapes through the gateway with tokens of an issuer, and the log says when the issuer is away',
  async () => {
    await using folder = await temporaryFolder()
    await using issuer = await startIssuer({ audience: 'metrics', client: CLIENT })
    const upstream = createHttpServer((_, response) =>
      response.setHeader('content-type', 'text/plain; version=0.0.4').end('up_and_well 1\n'),
    )
    upstream.listen(0, '127.0.0.1')
    await once(upstream, 'listening')
    const { port: upstreamPort } = upstream.address() as { port: number }
    const port = await freePort()
    const file = (name: string): string => join(folder.path, name)
    await writeFile(file('issuer.crt'), issuer.ca)
    await writeFile(file('secret'), CLIENT.secret, { mode: 0o600 })
    await writeFile(
      file('postern.yaml'),
      `listen: [127.0.0.1:${port}]
routes: [{path: /metrics, upstream: "http://127.0.0.1:${upstreamPort}/metrics"}]
guard:
  credentials:
    - {type: jwt, name: corporate, issuer: "${issuer.url}", audience: metrics, ca_file: issuer.crt, required_claims: {sub: prometheus}}
`,
    )
    issuer.answerWith((_, response) => response.writeHead(503).end())
    await using gateway = startPostern(['serve', '--config', file('postern.yaml')])
    await gateway.printed(/^postern serving/m)
    const ask = (token: string) => curl('--header', `Authorization: Bearer ${token}`, `http://127.0.0.1:${port}/metrics`)
    expect((await ask(await issuer.sign())).status).toBe(503)
    await gateway.printed(
      /"credential":"corporate","state":"unavailable","msg":"https:\/\/127.0.0.1:\d+\/.well-known\/openid-configuration cannot be read/,
    )
    issuer.answerWith(undefined)

    const jobs = [{ name: 'oauth2', proof: oauth2(issuer, file('issuer.crt'), file('secret')) }]
    await writeFile(file('prometheus.yml'), configurationOf(jobs, { target: `127.0.0.1:${port}`, scheme: 'http', ca: '' }))
    await using prometheus = await startPrometheus(file('prometheus.yml'))
    await eventually(
      () => prometheus.targets(),
      (targets) => targets.some(({ health }) => health === 'up'),
    )
    await gateway.printed(/"credential":"corporate","state":"recovered"/)
    expect([...(await prometheus.query('up_and_well')).values()]).toEqual([1])
    expect((await ask(await issuer.sign())).body).toBe('up_and_well 1\n')
    expect((await ask(await issuer.sign({ sub: 'other' }))).status).toBe(401)
    expect(gateway.output()).not.toMatch(/canary|eyJ/)
    upstream.close()
  },
)
