import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { renderPolicy } from '../../src/generate/policy.ts'
import { compileOptions } from '../../src/provision/options.ts'

test('the policy of a gateway on loopback', () => {
  expect(parse(renderPolicy(compileOptions({})))).toEqual({
    listen: ['localhost:9843'],
    tls: { cert_file: 'tls/server.crt', key_file: 'tls/server.key' },
    routes: [{ path: '/metrics', upstream: 'http://127.0.0.1:8080/metrics' }],
    guard: {
      credentials: [
        { type: 'basic', realm: 'metrics', users_file: 'secrets/users.htpasswd' },
        { type: 'bearer', realm: 'metrics', tokens_file: 'secrets/tokens.yaml' },
        { type: 'client-certificate', ca_file: 'tls/ca.crt', names: ['prometheus'] },
      ],
      addresses: { allow: ['127.0.0.0/8', '::1'] },
    },
  })
})

test('the policy of a gateway for other machines leaves the addresses to its owner', () => {
  const text = renderPolicy(compileOptions({ listen: '0.0.0.0:9843', hosts: ['app1'], auth: ['bearer'] }))
  expect(parse(text)).toMatchObject({ listen: ['0.0.0.0:9843'], guard: { credentials: [{ type: 'bearer' }] } })
  expect(parse(text)).not.toHaveProperty('guard.addresses')
  expect(text).toMatch(/#\n?.*Recommended: name the addresses/)
  const uncommented = text.replace('  # addresses:', '  addresses:').replace('  #   allow:', '    allow:')
  expect(parse(uncommented)).toHaveProperty('guard.addresses.allow', ['192.0.2.10', '10.0.0.0/8', '2001:db8::/32'])
})

test.each([
  { listen: '[::1]:9843', upstream: 'http://[::1]:8080/metrics' },
  { listen: ':9843', upstream: "http://127.0.0.1:8080/it's:%20#-free".replace('#', '') },
  { listen: '[::]:9843', upstream: 'http://127.0.0.1:8080/a,b[c]{d}&*!|>%25@' },
])('YAML reads $listen and $upstream as they were written', ({ listen, upstream }) => {
  const endpoint = { ...compileOptions({ listen, hosts: ['app1'] }), upstream }
  expect(parse(renderPolicy(endpoint))).toMatchObject({ listen: [listen], routes: [{ upstream }] })
})

test('every key has its comment, and no line is wider than a reader likes', () => {
  const lines = renderPolicy(compileOptions({})).split('\n')
  for (const key of ['listen:', 'tls:', 'routes:', '  credentials:', '  addresses:']) expect(lines[lines.indexOf(key) - 1]).toMatch(/^ *# /)
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(130)
  expect(lines.filter((line) => /\s$/.test(line))).toEqual([])
})
