/** Service accounts of a real API server: who may read, through the gateway and inside a process, and what happens when it goes away. */
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { createGuard, type GuardEvent, parseTarget } from '@postern/guard'
import { readSourceFile } from '@postern/guard/tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isMissing } from './support/binaries.ts'
import { curl } from './support/curl.ts'
import { KUBERNETES, type KubernetesServer, NAMESPACE, startKubernetes } from './support/kubernetes.ts'
import { postern, startPostern, temporaryFolder } from './support/postern.ts'
import { freePort } from './support/process.ts'
import { allUp, eventually, startPrometheus } from './support/prometheus.ts'

const RBAC = '/apis/rbac.authorization.k8s.io/v1'
const RBAC_GROUP = 'rbac.authorization.k8s.io'
const accountNamed = (name: string): object => ({ kind: 'ServiceAccount', name, namespace: NAMESPACE })
const principalOf = (account: string): string => `system:serviceaccount:${NAMESPACE}:${account}`

/** Binds a cluster role to somebody. */
const bind = (kubernetes: KubernetesServer, role: string, ...subjects: object[]): Promise<unknown> =>
  kubernetes.call('POST', `${RBAC}/clusterrolebindings`, {
    metadata: { generateName: `${role.replaceAll(':', '-')}-` },
    roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: role },
    subjects,
  })

describe.skipIf(KUBERNETES === undefined || isMissing('curl', 'prometheus', 'openssl'))(
  'a real API server, of the folder that POSTERN_KUBERNETES names',
  () => {
    let folder: Awaited<ReturnType<typeof temporaryFolder>>
    let kubernetes: KubernetesServer
    let tokenFile: string

    beforeAll(async () => {
      folder = await temporaryFolder()
      kubernetes = await startKubernetes(join(folder.path, 'kubernetes'))
      await kubernetes.call('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE } })
      for (const name of ['postern', 'prometheus', 'newcomer', 'other', 'leaver'])
        await kubernetes.call('POST', `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, { metadata: { name } })
      const rules = [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }]
      await kubernetes.call('POST', `${RBAC}/clusterroles`, { metadata: { name: 'metrics-reader' }, rules })
      await bind(kubernetes, 'system:auth-delegator', accountNamed('postern'))
      const people = { apiGroup: RBAC_GROUP, kind: 'User', name: 'prometheus' }
      await bind(kubernetes, 'metrics-reader', ...['prometheus', 'newcomer', 'leaver'].map(accountNamed), people)
      const inNamespace = `${RBAC}/namespaces/${NAMESPACE}`
      await kubernetes.call('POST', `${inNamespace}/roles`, {
        metadata: { name: 'shop-reader' },
        rules: [{ apiGroups: [''], resources: ['services/metrics'], verbs: ['get'] }],
      })
      await kubernetes.call('POST', `${inNamespace}/rolebindings`, {
        metadata: { name: 'shop-reader' },
        roleRef: { apiGroup: RBAC_GROUP, kind: 'Role', name: 'shop-reader' },
        subjects: [accountNamed('prometheus')],
      })
      tokenFile = join(folder.path, 'own-token')
      await writeFile(tokenFile, await kubernetes.issueToken('postern', 'https://kubernetes.default.svc'), { mode: 0o600 })
    }, 180_000)

    afterAll(async () => {
      await kubernetes?.[Symbol.asyncDispose]()
      await folder?.[Symbol.asyncDispose]()
    })

    /** A guard inside this process whose clock a test moves on. */
    const guardOf = () => {
      const where = { server: kubernetes.url, caFile: kubernetes.caFile, tokenFile }
      const skipped = { seconds: 0 }
      const events: GuardEvent[] = []
      const elapsed = (): number => performance.now() + skipped.seconds * 1_000
      const guard = createGuard(
        {
          credentials: [{ type: 'kubernetes', audiences: ['metrics'], ...where }],
          rules: [
            { name: 'path', paths: ['/metrics'], authorize: { kubernetes: where } },
            {
              name: 'resource',
              paths: ['/federate'],
              authorize: {
                kubernetes: {
                  resourceAttributes: { namespace: '{{ .Value }}', apiVersion: 'v1', resource: 'services', subresource: 'metrics' },
                  rewrites: { byQueryParameter: { name: 'namespace' } },
                  ...where,
                },
              },
            },
          ],
        },
        {
          environment: {
            readFile: readSourceFile,
            now: Date.now,
            elapsed,
            randomBytes: (size) => crypto.getRandomValues(new Uint8Array(size)),
          },
          onEvent: (event) => void (event.type === 'decision' || events.push(event)),
        },
      )
      const ask = async (token: string, target = '/metrics', method = 'GET'): Promise<string> => {
        const decision = await guard.decide({
          address: undefined,
          method,
          target: parseTarget(target),
          authorization: [`Bearer ${token}`],
          header: () => [],
          clientCertificate: undefined,
        })
        return decision.allow ? `${decision.principal.name} by ${decision.rule}` : `${decision.status} ${decision.reason}`
      }
      return { ask, skipped, events, [Symbol.asyncDispose]: () => guard.close() }
    }

    test('the gateway lets in whom RBAC allows it, of any credential, and Prometheus scrapes with its token', async () => {
      const upstream = createServer((_, response) => response.setHeader('content-type', 'text/plain; version=0.0.4').end('up_and_well 1\n'))
      const upstreamPort = await freePort()
      upstream.listen(upstreamPort, '127.0.0.1')
      const [dir, port] = [join(folder.path, 'gateway'), await freePort()]
      const address = `127.0.0.1:${port}`
      const init = ['init', '--dir', dir, '--upstream', `http://127.0.0.1:${upstreamPort}/metrics`, '--listen', address]
      expect((await postern([...init, '--auth', 'basic,client-certificate'])).status).toBe(0)
      const where = `server: "${kubernetes.url}", ca_file: "${kubernetes.caFile}", token_file: "${tokenFile}"`
      const file = join(dir, 'postern.yaml')
      await writeFile(
        file,
        `listen: ["${address}"]
tls: {cert_file: tls/server.crt, key_file: tls/server.key}
routes:
  - {path: /metrics, upstream: "http://127.0.0.1:${upstreamPort}/metrics"}
  - {path: /other, upstream: "http://127.0.0.1:${upstreamPort}/metrics"}
guard:
  credentials:
    - {type: basic, users_file: secrets/users.htpasswd}
    - {type: client-certificate, ca_file: tls/ca.crt, names: [prometheus]}
    - {type: kubernetes, audiences: [metrics], ${where}}
  rules:
    - {name: reader, authorize: {kubernetes: {${where}}}}
`,
      )
      await using gateway = startPostern(['serve', '--config', file])
      await gateway.printed(/^postern serving/m)

      const tls = ['--cacert', join(dir, 'tls/ca.crt')]
      const status = async (path: string, ...args: string[]): Promise<number> =>
        (await curl(...tls, ...args, `https://${address}${path}`)).status
      const bearer = (token: string): string[] => ['--header', `Authorization: Bearer ${token}`]
      const allowed = bearer(await kubernetes.issueToken('prometheus', 'metrics'))
      expect(await curl(...tls, ...allowed, `https://${address}/metrics`)).toMatchObject({ status: 200, body: 'up_and_well 1\n' })
      expect(await status('/metrics', '--head', ...allowed)).toBe(200)
      expect(await status('/metrics', '--request', 'POST', ...allowed)).toBe(403)
      expect(await status('/other', ...allowed)).toBe(403)
      expect(await status('/metrics', ...bearer(await kubernetes.issueToken('other', 'metrics')))).toBe(403)
      expect(await status('/metrics', ...bearer(await kubernetes.issueToken('prometheus', 'https://kubernetes.default.svc')))).toBe(401)
      expect(await status('/metrics', ...bearer('no-token-of-this-cluster'))).toBe(401)
      expect(await status('/metrics')).toBe(401)

      const password = (await readFile(join(dir, 'secrets/prometheus.password.1'), 'utf8')).trim()
      expect(await status('/metrics', '--user', `prometheus:${password}`)).toBe(200)
      expect(await status('/other', '--user', `prometheus:${password}`)).toBe(403)
      expect(await status('/metrics', '--cert', join(dir, 'tls/prometheus.crt'), '--key', join(dir, 'tls/prometheus.key'))).toBe(200)

      const credentialsFile = join(folder.path, 'prometheus-token')
      await writeFile(credentialsFile, await kubernetes.issueToken('prometheus', 'metrics'))
      const configuration = join(folder.path, 'prometheus.yml')
      await writeFile(
        configuration,
        `global: {scrape_interval: 1s}
scrape_configs:
  - job_name: guarded
    scheme: https
    authorization: {credentials_file: "${credentialsFile}"}
    tls_config: {ca_file: "${join(dir, 'tls/ca.crt')}"}
    static_configs: [{targets: ["${address}"]}]
`,
      )
      await using prometheus = await startPrometheus(configuration)
      await eventually(() => prometheus.targets(), allUp(1))
      expect([...(await prometheus.query('up_and_well')).values()]).toEqual([1])
      await gateway.end()
      upstream.close()
    }, 120_000)

    test('every namespace that is asked for is asked about (24)', async () => {
      await using guard = guardOf()
      const token = await kubernetes.issueToken('prometheus', 'metrics')
      const seen = `${principalOf('prometheus')} by resource`
      expect([
        await guard.ask(token, `/federate?namespace=${NAMESPACE}`),
        await guard.ask(token, `/federate?namespace=${NAMESPACE}&namespace=default`),
        await guard.ask(token, '/federate?namespace=default'),
        await guard.ask(token, '/federate'),
        await guard.ask(token, '/federate?namespace='),
        await guard.ask(token, `/federate?namespace=${NAMESPACE}`, 'DELETE'),
      ]).toEqual([
        seen,
        ...Array<string>(2).fill('403 principal_not_allowed'),
        ...Array<string>(2).fill('400 malformed_request'),
        '403 principal_not_allowed',
      ])
    })

    test('a token of an account that is gone is refused within its minute (22)', async () => {
      await using guard = guardOf()
      const token = await kubernetes.issueToken('leaver', 'metrics')
      expect(await guard.ask(token)).toBe(`${principalOf('leaver')} by path`)
      await kubernetes.call('DELETE', `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/leaver`)
      const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, audiences: ['metrics'] } }
      await eventually(
        () => kubernetes.call<{ status: { authenticated?: boolean } }>('POST', '/apis/authentication.k8s.io/v1/tokenreviews', review),
        ({ status }) => status.authenticated !== true,
      )
      expect(await guard.ask(token)).toBe(`${principalOf('leaver')} by path`)
      guard.skipped.seconds = 60
      expect(await guard.ask(token)).toBe('401 bad_credentials')
    })

    test('while the API server is away its last good answers count, and nobody new is let in (21)', async () => {
      await using guard = guardOf()
      const [token, fresh] = [await kubernetes.issueToken('prometheus', 'metrics'), await kubernetes.issueToken('newcomer', 'metrics')]
      const seen = `${principalOf('prometheus')} by path`
      expect(await guard.ask(token)).toBe(seen)
      await kubernetes.stop()
      guard.skipped.seconds = 300
      expect(await guard.ask(token)).toBe(seen)
      expect(await guard.ask(fresh)).toBe('503 authority_unavailable')
      guard.skipped.seconds = 600
      expect(await guard.ask(token)).toBe('503 authority_unavailable')
      await kubernetes.start()
      expect([await guard.ask(token), await guard.ask(fresh)]).toEqual([seen, `${principalOf('newcomer')} by path`])
      expect(guard.events).toMatchObject([
        { type: 'authority', credential: 'kubernetes', state: 'unavailable' },
        ...guard.events.slice(1, -1),
        { type: 'authority', credential: 'kubernetes', state: 'recovered' },
      ])
    }, 180_000)
  },
)
