/** The TLS of a policy file, and its client certificates: what the keys mean, and where their faults are. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatError } from '../../src/commands/report.ts'
import { loadConfig } from '../../src/config/load.ts'
import { type PolicyFolder, policyFolder } from '../support/policy-folder.ts'

let folder: PolicyFolder
beforeAll(async () => {
  folder = await policyFolder()
})
afterAll(() => folder[Symbol.asyncDispose]())

const HEAD = 'listen: [localhost:9843]\nroutes: [{path: /metrics, upstream: "http://127.0.0.1:8080"}]\n'
const OPEN = 'guard: {credentials: none}\n'
const load = (more: string): ReturnType<typeof loadConfig> => loadConfig({ file: folder.policy(HEAD + more) })
const refusal = (more: string): string => {
  try {
    load(more)
  } catch (error) {
    return formatError(error, folder.path).replaceAll(folder.path, 'DIR')
  }
  throw new Error('nothing was refused')
}
const PAIR = 'cert_file: server.crt, key_file: server.key'

describe('tls', () => {
  test('means what it means in code', () => {
    const { tls } = load(
      `${OPEN}tls:
  certificates: [{${PAIR}}, {${PAIR}}]
  max_version: TLS12
  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]
  curves: [X25519, CurveP256]
  prefer_server_cipher_suites: false
`,
    )
    expect([tls?.certificates.length, tls?.options]).toMatchObject([
      2,
      {
        minVersion: 'TLSv1.2',
        maxVersion: 'TLSv1.2',
        ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384',
        ecdhCurve: 'X25519:P-256',
        honorCipherOrder: false,
      },
    ])
  })

  test.each([
    {
      tls: `{${PAIR}, cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]}`,
      says: /^postern\.yaml:4:68 tls\.cipher_suites\[0\]: "TLS_RSA_WITH_RC4_128_SHA" is not a cipher suite that is served\. There are TLS_AES_128_GCM_SHA256, .* \(ERR_POSTERN_POLICY\)$/,
    },
    {
      tls: `{${PAIR}, curves: [P-256]}`,
      says: /^postern\.yaml:4:\d+ tls\.curves\[0\]: "P-256" is not a curve that is served\. There are CurveP256, CurveP384, CurveP521, X25519\./,
    },
    {
      tls: `{${PAIR}, min_version: TLS13, max_version: TLS12}`,
      says: /^postern\.yaml:4:\d+ tls\.max_version: the least version of TLS is above the greatest/,
    },
    {
      tls: `{${PAIR}, certificates: [{cert_file: server.crt, key_file: other.key}]}`,
      says: /^postern\.yaml:4:\d+ tls\.certificates\[0\]\.key_file: the key in "DIR\/other\.key" does not belong to the certificate in "DIR\/server\.crt"/,
    },
    {
      tls: '{min_version: TLS13}',
      says: /^postern\.yaml:4:1 tls\.cert_file: a listener of TLS needs a certificate and its key, and no cert is named here/,
    },
    {
      tls: `{${PAIR}, prefer_server_cipher_suites: maybe}`,
      says: /^postern\.yaml:4:\d+ tls\.prefer_server_cipher_suites: .*true or false/,
    },
    {
      tls: `{${PAIR}, curve_preferences: [X25519]}`,
      says: /^postern\.yaml:4:\d+ tls\.curve_preferences: "curve_preferences" is not a key here/,
    },
  ])('$tls is refused at its place (38)', ({ tls, says }) => {
    expect(refusal(`${OPEN}tls: ${tls}\n`)).toMatch(says)
  })
})

describe('a client certificate', () => {
  const guard = (rest: string): string => `guard: {credentials: [{type: client-certificate, ${rest}}]}\n`

  test('may name several files, patterns, any name and the common name', () => {
    expect(load(guard('ca_file: [ca.crt, ca.crt], names: ["*.example.com", "spiffe://x/ns/*"]')).guard.tlsOptions.ca.length).toBe(2)
    expect(load(guard('ca_file: ca.crt, names: any, principal: cn')).guard.authenticates).toBe(true)
  })

  test.each([
    {
      rest: 'ca_file: [ca.crt, nowhere], names: any',
      says: /^postern\.yaml:3:68 guard\.credentials\[0\]\.ca_file\[1\]: "DIR\/nowhere" does not exist/,
    },
    {
      rest: 'ca_file: ca.crt, names: any, crl_file: empty.pem',
      says: /guard\.credentials\[0\]\.crl_file: "DIR\/empty\.pem" holds no revocation list/,
    },
    { rest: 'ca_file: ca.crt, names: any, expired_crl: ignore', says: /expired_crl: "ignore" is not refuse or warn/ },
    { rest: 'ca_file: ca.crt, names: any, principal: dn', says: /principal: "dn" is not name or cn/ },
    { rest: 'ca_file: ca.crt, names: all', says: /names: .*a list of texts or the word any is wanted here/ },
  ])('with $rest is refused at its place', ({ rest, says }) => {
    expect(refusal(guard(rest))).toMatch(says)
  })
})
