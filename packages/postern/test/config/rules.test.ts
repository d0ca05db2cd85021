/** The rules of a policy file: what they let through, and where their faults are. */
import { parseAddress, parseTarget } from '@postern/guard'
import { bearer } from '@postern/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { errorToJson, formatError } from '../../src/commands/report.ts'
import { loadConfig } from '../../src/config/load.ts'
import { DIGEST, HASH, type PolicyFolder, policyFolder } from '../support/policy-folder.ts'

let folder: PolicyFolder
beforeAll(async () => {
  folder = await policyFolder()
})
afterAll(() => folder[Symbol.asyncDispose]())

const HEAD = 'listen: [localhost:9843]\nroutes: [{path: /metrics, upstream: "http://127.0.0.1:8080"}]\nguard:\n'
const refusal = (guard: string): unknown => {
  try {
    loadConfig({ file: folder.policy(HEAD + guard) })
  } catch (error) {
    return error
  }
  throw new Error('nothing was refused')
}

const TOKEN = 'canary-0123456789-abcdefghij'
const SHA256 = 'DIGEST-OF-TOKEN'

describe('rules in a file', () => {
  test('mean what they mean in code', async () => {
    const { createHash } = await import('node:crypto')
    const guard = `  credentials:
    - {type: bearer, name: scrapers, tokens: [{name: prometheus, sha256: ${SHA256}}]}
    - {type: basic, users: {prom: "${HASH}"}}
    - {type: client-certificate, name: hosts, ca_file: ca.crt, names: [prometheus]}
  rules:
    - {name: health, paths: [/-/healthy], credentials: none}
    - {name: both, paths: [/both], credentials: {all_of: [scrapers, hosts]}}
    - name: scrape
      paths: [/metrics, /probe/*]
      methods: [GET]
      addresses: {allow: [10.0.0.0/8], deny: [10.9.0.0/16]}
      credentials: [scrapers]
      principals: [someone, {name: prometheus, credential: bearer}]
`.replace(SHA256, createHash('sha256').update(TOKEN).digest('hex'))
    const config = loadConfig({ file: folder.policy(HEAD + guard) })
    const ask = async (path: string, from: string, token?: string): Promise<string> => {
      const decision = await config.guard.decide({
        address: parseAddress(from),
        method: 'GET',
        target: parseTarget(path),
        authorization: token === undefined ? [] : [bearer(token).authorization],
        header: () => [],
        clientCertificate: undefined,
      })
      return decision.allow ? decision.rule : decision.reason
    }
    expect([
      await ask('/-/healthy', '127.0.0.1'),
      await ask('/metrics', '10.0.0.1', TOKEN),
      await ask('/probe/x', '10.0.0.1', TOKEN),
      await ask('/metrics', '10.9.0.1', TOKEN),
      await ask('/both', '10.0.0.1', TOKEN),
      await ask('/metrics', '10.0.0.1'),
    ]).toEqual(['health', 'scrape', 'scrape', 'address_not_allowed', 'no_credentials', 'no_credentials'])
  })

  test('are told of with all their faults, each at its place', () => {
    const error = refusal(`  credentials: [{type: bearer, tokens: [{name: a, sha256: ${DIGEST}}]}]
  addresses: {allow: [x]}
  rules:
    - {credentials: {all_of: [b]}}
    - {principals: [{}]}
`)
    const says = formatError(error, folder.path)
    expect(says.split('\n')).toEqual([
      'postern.yaml:5:23 guard.addresses.allow[0]: "x" is not an address or CIDR block. Write it like 10.0.0.0/8, 192.0.2.7 or fd00::/8. (ERR_POSTERN_CIDR)',
      'postern.yaml:7:31 guard.rules[0].credentials.all_of[0]: no credential is called "b". There are: bearer. (ERR_POSTERN_POLICY)',
      'postern.yaml:8:21 guard.rules[1].principals[0]: this principal says nothing of who it is. Write a name, or { name }, { group }, { credential } or several of them. (ERR_POSTERN_POLICY)',
    ])
    expect(errorToJson(error)).toMatchObject({
      error: { code: 'ERR_POSTERN_CIDR', line: 5, others: [{ path: 'guard.rules[0].credentials.all_of[0]', line: 7 }, { line: 8 }] },
    })
  })

  test('may name a view, whose keys are those of the guard, and whose labels keep their names', async () => {
    await folder.write('view.key', `${'k'.repeat(32)}\n`)
    const guard = `  credentials: none
  rules: [{paths: [/metrics], credentials: none, view: shop}]
  views:
    - name: shop
      families: {allow: ['shop_*'], deny: ['*_debug']}
      series: {deny: ['{team="bank"}']}
      labels: {drop: [customer], replace: {pod_name: any}, hash: [user_id], hash_key_file: view.key}
      redact: {patterns: [email, {name: card, expression: 'card-[0-9]+'}], mode: redact}
`
    const config = loadConfig({ file: folder.policy(HEAD + guard) })
    const decision = await config.guard.decide({
      address: parseAddress('127.0.0.1'),
      method: 'GET',
      target: parseTarget('/metrics'),
      authorization: [],
      header: () => [],
      clientCertificate: undefined,
    })
    const filter = decision.allow ? decision.view?.open('text/plain') : undefined
    const shown = filter?.write(Buffer.from('shop_a{pod_name="1",user_id="u",x="card-7"} 1\nshop_debug 1\nbank 1\n'))
    expect(Buffer.from(shown ?? []).toString()).toMatch(/^shop_a\{pod_name="any",user_id="[0-9a-f]{16}",x="<redacted>"\} 1\n$/)
  })

  test('and views are told of with their faults at their place', () => {
    const error = refusal(`  credentials: none
  rules: [{paths: [/metrics], credentials: none, view: shop}]
  views:
    - name: shop
      labels: {replace: {le: x}, hash: [a], hash_key: short}
`)
    expect(formatError(error, folder.path)).toMatch(
      /^postern.yaml:8:30 guard.views\[0\].labels.replace.le: "le" is no label whose values can be changed/,
    )
  })
})

describe('headers of answers in a file', () => {
  const guard = (headers: string): string => `  credentials: none\n  response_headers: {${headers}}\n`
  const policy = (headers: string): string => folder.policy(HEAD + guard(headers))

  test('keep the spelling that HTTP has for them', () => {
    expect(
      loadConfig({ file: policy('X-Frame-Options: deny, Content-Security-Policy: "default-src \'none\'"') }).guard.responseHeaders,
    ).toEqual({
      'X-Frame-Options': 'deny',
      'Content-Security-Policy': "default-src 'none'",
    })
  })

  test.each([
    {
      name: 'one that may not be set',
      headers: 'Server: x',
      says: 'guard.response_headers.Server: HTTP header "Server" can not be configured.',
    },
    {
      name: 'a value it cannot have',
      headers: 'X-Frame-Options: x',
      says: 'guard.response_headers.X-Frame-Options: "x" is no value of X-Frame-Options.',
    },
  ])('$name is told at its place', ({ headers, says }) => {
    expect(formatError(refusal(guard(headers)))).toContain(says)
  })
})
