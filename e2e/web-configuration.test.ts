/** The exporters' web configuration file: what their own checker takes is read here, and what it refuses is refused. */
import { spawnSync } from 'node:child_process'
import { PosternError } from '@postern/guard'
import { readWebConfiguration } from '@postern/guard/web-configuration'
import { temporaryFolder } from '@postern/testkit'
import { expect, test } from 'vitest'
import { binary, isMissing } from './support/binaries.ts'

const HASH = '$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi'

/**
 * Files that name no other file, so that the verdict is on their text alone. Left out: keys that promtool 2.42 does not know yet, and the
 * suites without forward secrecy (TLS_RSA_WITH_AES_…), which Go 1.22 has taken from its list and the older promtool still has.
 */
const FILES = [
  '',
  '# nothing\n',
  '{}',
  'null',
  'a',
  '[]',
  'foo: 1',
  '\thttp_server_config: {}',
  'basic_auth_users:',
  'basic_auth_users: {}',
  'basic_auth_users: [a]',
  'basic_auth_users: {a: b}',
  'basic_auth_users: {a: }',
  `basic_auth_users: {a: ${HASH}}`,
  `basic_auth_users: {1: ${HASH}, yes: "${HASH}"}`,
  `basic_auth_users: {a: ${HASH}, a: ${HASH}}`,
  `basic_auth_users: {a: ${HASH}, <<: {b: ${HASH}}}`,
  `basic_auth_users: {a: &hash ${HASH}, b: *hash}`,
  `basic_auth_users: {a: ${HASH.replace('$10$', '$32$')}}`,
  `basic_auth_users: {a: ${HASH.slice(0, 40)}}`,
  `---\nbasic_auth_users: {a: ${HASH}}\n---\nfoo: 1`,
  'http_server_config: {http2: yes}',
  'http_server_config: {http2: "yes"}',
  'http_server_config: {http2: 1}',
  'http_server_config: {http2: ~}',
  'http_server_config: {http3: true}',
  'http_server_config: {headers: {}}',
  'http_server_config: {headers: []}',
  'http_server_config: {headers: {X-XSS-Protection: 1}}',
  'http_server_config: {headers: {X-XSS-Protection: }}',
  'http_server_config: {headers: {X-Frame-Options: deny}}',
  'http_server_config: {headers: {X-Frame-Options: DENY}}',
  'http_server_config: {headers: {x-frame-options: deny}}',
  'http_server_config: {headers: {X-Content-Type-Options: nosniff}}',
  'http_server_config: {headers: {X-Content-Type-Options: ""}}',
  'http_server_config: {headers: {Server: x}}',
  'tls_server_config:',
  'tls_server_config: []',
  'tls_server_config: {min_version: TLS10}',
  'tls_server_config: {min_version: TLS14}',
  'tls_server_config: {min_version: 12}',
  'tls_server_config: {min_version: ""}',
  'tls_server_config: {min_version: ~}',
  'tls_server_config: {curve_preferences: [CurveP256, X25519]}',
  'tls_server_config: {curve_preferences: [P256]}',
  'tls_server_config: {curve_preferences: X25519}',
  'tls_server_config: {cipher_suites: [TLS_AES_128_GCM_SHA256]}',
  'tls_server_config: {cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]}',
  'tls_server_config: {cipher_suites: [ECDHE-RSA-AES128-GCM-SHA256]}',
  'tls_server_config: {prefer_server_cipher_suites: off}',
  'tls_server_config: {prefer_server_cipher_suites: maybe}',
  'tls_server_config: {client_auth_type: ""}',
  'tls_server_config: {client_auth_type: NoClientCert}',
  'tls_server_config: {cert_file: x}',
  'tls_server_config: {key_file: x}',
  'tls_server_config: {client_ca_file: x}',
  'tls_server_config: {cert_file: ""}',
]

function isRead(text: string): boolean {
  try {
    readWebConfiguration(text, 'web.yml')
    return true
  } catch (error) {
    if (error instanceof PosternError) return false
    throw error
  }
}

test.skipIf(isMissing('promtool'))('a web configuration is read where promtool takes it, and refused where it does not', async () => {
  await using folder = await temporaryFolder()
  const verdicts = await Promise.all(
    FILES.map(async (text, index) => {
      const file = await folder.write(`${index}.yml`, text)
      return { text, isTaken: spawnSync(binary('promtool'), ['check', 'web-config', file]).status === 0 }
    }),
  )
  expect(verdicts.filter(({ isTaken }) => isTaken).length).toBeGreaterThan(20)
  expect(verdicts.map(({ text }) => ({ text, isTaken: isRead(text) }))).toEqual(verdicts)
})
