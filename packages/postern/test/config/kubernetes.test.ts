/** Kubernetes in a policy file: what its keys ask of an API server, and where their faults are. */
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { parseTarget } from '@postern/guard'
import { bearer, startServer } from '@postern/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatError } from '../../src/commands/report.ts'
import { loadConfig } from '../../src/config/load.ts'
import { type PolicyFolder, policyFolder } from '../support/policy-folder.ts'

let folder: PolicyFolder
beforeAll(async () => {
  folder = await policyFolder()
  writeFileSync(join(folder.path, 'token'), 'own-token\n')
})
afterAll(() => folder[Symbol.asyncDispose]())

const HEAD = 'listen: [localhost:9843]\nroutes: [{path: /metrics, upstream: "http://127.0.0.1:8080"}]\nguard:\n'

interface Review {
  readonly apiVersion: string
  readonly kind: string
  readonly spec: object
}

describe('Kubernetes in a file', () => {
  test('means what it means in code', async () => {
    const asked: Review[] = []
    const server = createServer(
      { cert: readFileSync(join(folder.path, 'server.crt')), key: readFileSync(join(folder.path, 'server.key')) },
      (request, response) => {
        request.setEncoding('utf8').once('data', (text: string) => {
          const review = JSON.parse(text) as Review
          asked.push(review)
          const user = { username: 'sa', groups: ['g'] }
          const status = review.kind === 'TokenReview' ? { authenticated: true, user, audiences: ['metrics'] } : { allowed: true }
          response.end(JSON.stringify({ ...review, status }))
        })
      },
    )
    await using api = await startServer(server)
    const where = `server: "${api.url}", ca_file: ca.crt, token_file: token`
    const guard = `  credentials:
    - {type: kubernetes, name: accounts, realm: metrics, audiences: [metrics], ${where}, remember_seconds: 30, stale_seconds: 0}
  rules:
    - name: all
      authorize:
        kubernetes:
          ${where.replaceAll(', ', '\n          ')}
          resource_attributes: {namespace: "{{ .Value }}", api_group: "", api_version: v1, resource: namespaces, subresource: metrics}
          rewrites: {by_query_parameter: {name: namespace}, by_http_header: {name: X-Namespace}}
    - {name: path, authorize: {kubernetes: {path: /metrics, ${where}}}}
`
    const config = loadConfig({ file: folder.policy(HEAD + guard) })
    const ask = async (target: string): Promise<string> => {
      const decision = await config.guard.decide({
        address: undefined,
        method: 'GET',
        target: parseTarget(target),
        authorization: [bearer('abc').authorization],
        header: () => [],
        clientCertificate: undefined,
      })
      return decision.allow ? decision.rule : decision.reason
    }
    expect([await ask('/metrics?namespace=shop'), await ask('/metrics')]).toEqual(['all', 'path'])
    const resourceAttributes = { verb: 'get', namespace: 'shop', group: '', version: 'v1', resource: 'namespaces', subresource: 'metrics' }
    expect(asked.map(({ spec }) => spec)).toEqual([
      { token: 'abc', audiences: ['metrics'] },
      { user: 'sa', groups: ['g'], resourceAttributes },
      { user: 'sa', groups: ['g'], nonResourceAttributes: { path: '/metrics', verb: 'get' } },
    ])
    await config.guard.close()
  })

  const WHERE = 'server: "https://127.0.0.1", ca_file: ca.crt, token_file: token'
  test.each([
    {
      guard: `  credentials: [{type: kubernetes, ${WHERE}}]\n`,
      says: 'postern.yaml:4:17 guard.credentials[0]: the key "audiences" is missing. Add it: audiences: [metrics] (ERR_POSTERN_CONFIG)',
    },
    {
      guard: `  credentials: [{type: kubernetes, audiences: api, ${WHERE}}]\n`,
      says: 'postern.yaml:4:47 guard.credentials[0].audiences: "api" is a text, and a list of audiences or the word api-server is wanted here. Write it like: audiences: [metrics] (ERR_POSTERN_CONFIG)',
    },
    {
      guard: `  credentials: [{type: kubernetes, audiences: [metrics], ca_file: gone, token_file: token}]\n`,
      says: 'postern.yaml:4:67 guard.credentials[0].ca_file: "gone" does not exist. Name an existing file; a relative path starts at the folder of the configuration file, and in code at the current one. (ERR_POSTERN_FILE)',
    },
    {
      guard: `  credentials: [{type: kubernetes, audiences: [metrics], stale_seconds: 10m, ${WHERE}}]\n`,
      says: 'postern.yaml:4:73 guard.credentials[0].stale_seconds: "10m" is a text, and a number of seconds is wanted here. Write it like: stale_seconds: 600 (ERR_POSTERN_CONFIG)',
    },
    {
      guard: `  credentials: [{type: kubernetes, audiences: [metrics], ${WHERE}}]\n  rules: [{authorize: {kubernetes: {remember_seconds: 0, ${WHERE}}}}]\n`,
      says: 'postern.yaml:5:55 guard.rules[0].authorize.kubernetes.remember_seconds: 0 is not a number of seconds from 1 to 600. Write a whole number without a unit, or leave the key out. (ERR_POSTERN_POLICY)',
    },
    {
      guard: `  credentials: [{type: kubernetes, audiences: [metrics], ${WHERE}}]\n  rules: [{authorize: {kubernetes: {resource_attributes: {apiGroup: apps}}}}]\n`,
      says: 'postern.yaml:5:59 guard.rules[0].authorize.kubernetes.resource_attributes.apiGroup: "apiGroup" is not a key here. Write "api_group". (ERR_POSTERN_CONFIG)',
    },
  ])('tells its fault at its place: $says', ({ guard, says }) => {
    let told: unknown
    try {
      loadConfig({ file: folder.policy(HEAD + guard) })
    } catch (error) {
      told = formatError(error, folder.path)
    }
    expect(String(told).replaceAll(`${folder.path}/`, '')).toBe(says)
  })
})
