import { createGuard, type GuardOptions, type KubernetesOptions } from '@postern/guard'
import { faultOf, issueCertificate } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import type { SourceFile } from '../../src/sources/file.ts'
import { readSourceFile } from '../../src/sources/file.ts'

const ca = await issueCertificate({ subject: 'kubernetes', ca: true })
const FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount'

/** What a pod of these files makes of a policy. */
function compile(options: Partial<Record<keyof KubernetesOptions, unknown>>, files: Record<string, string>): string[] {
  const read: string[] = []
  const readFile = (file: string, path: readonly (string | number)[]): SourceFile => {
    read.push(file)
    const text = files[file]
    return text === undefined ? readSourceFile(file, path) : { text, readableByOthers: true }
  }
  const environment = { readFile, now: Date.now, elapsed: Date.now, randomBytes: (size: number) => new Uint8Array(size) }
  createGuard({ credentials: [{ type: 'kubernetes', audiences: ['metrics'], ...options }] } as GuardOptions, { environment })
  return read
}

const POD = { [`${FOLDER}/ca.crt`]: ca.cert, [`${FOLDER}/token`]: 'abc\n' }

test("the pod's own files are read where a policy names none", () => {
  expect(compile({}, POD)).toEqual([`${FOLDER}/ca.crt`, `${FOLDER}/token`])
  expect(compile({ caFile: 'ca', tokenFile: 'token' }, { ca: ca.cert, token: 'abc' })).toEqual(['ca', 'token'])
})

describe('a policy with faults', () => {
  const URL_FAULT = 'this is not the https URL of an API server, without credentials and query'
  const OWN = { caFile: 'ca', tokenFile: 'token' }
  const FILES = { ca: ca.cert, token: 'abc' }
  const NO_POD = 'Run in a pod with a service account, or name server, caFile and tokenFile.'
  test.each<{ options: object; files?: Record<string, string>; code: string; path: string; message: string; fix?: string }>([
    { options: { server: 'http://10.0.0.1' }, code: 'ERR_POSTERN_POLICY', path: 'server', message: URL_FAULT },
    { options: { server: '10.0.0.1:443' }, code: 'ERR_POSTERN_POLICY', path: 'server', message: URL_FAULT },
    { options: { server: 'https://user:pass@10.0.0.1' }, code: 'ERR_POSTERN_POLICY', path: 'server', message: URL_FAULT },
    { options: { server: 'https://10.0.0.1/?x' }, code: 'ERR_POSTERN_POLICY', path: 'server', message: URL_FAULT },
    {
      options: {},
      files: {},
      code: 'ERR_POSTERN_FILE',
      path: 'caFile',
      message: `"${FOLDER}/ca.crt" does not exist`,
      fix: NO_POD,
    },
    {
      options: { caFile: 'ca' },
      files: { ca: ca.cert },
      code: 'ERR_POSTERN_FILE',
      path: 'tokenFile',
      message: `"${FOLDER}/token" does not exist`,
      fix: NO_POD,
    },
    {
      options: { caFile: 'gone' },
      code: 'ERR_POSTERN_FILE',
      path: 'caFile',
      message: '"gone" does not exist',
      fix: 'Name an existing file; a relative path starts at the folder of the configuration file, and in code at the current one.',
    },
    {
      options: OWN,
      files: { ...FILES, ca: '' },
      code: 'ERR_POSTERN_CERTIFICATE',
      path: 'caFile',
      message: '"ca" holds no certificate that can be read',
    },
    { options: OWN, files: { ...FILES, token: '\n' }, code: 'ERR_POSTERN_TOKEN', path: 'tokenFile', message: '"token" holds no token' },
    {
      options: OWN,
      files: { ...FILES, token: 'a\r\nHost: b' },
      code: 'ERR_POSTERN_TOKEN',
      path: 'tokenFile',
      message: '"token" holds no token',
    },
    ...[undefined, [], [''], 'metrics', [7]].map((audiences) => ({
      options: { audiences },
      code: 'ERR_POSTERN_POLICY',
      path: 'audiences',
      message: 'this credential does not say for whom its tokens are meant',
      fix: "List an audience that you give to scrapers' tokens, like metrics; or write 'api-server' for tokens that are good there too.",
    })),
    { options: { audience: 'metrics' }, code: 'ERR_POSTERN_POLICY', path: 'audience', message: '"audience" is not an option here' },
    {
      options: { realm: '"' },
      code: 'ERR_POSTERN_POLICY',
      path: 'realm',
      message: 'the realm is empty, longer than 64 characters, or holds a quote, a backslash or a character beyond ASCII',
    },
    {
      options: { rememberSeconds: 601 },
      code: 'ERR_POSTERN_POLICY',
      path: 'rememberSeconds',
      message: '601 is not a number of seconds from 1 to 600',
    },
    {
      options: { rememberSeconds: 0 },
      code: 'ERR_POSTERN_POLICY',
      path: 'rememberSeconds',
      message: '0 is not a number of seconds from 1 to 600',
    },
    {
      options: { staleSeconds: 3601 },
      code: 'ERR_POSTERN_POLICY',
      path: 'staleSeconds',
      message: '3601 is not a number of seconds from 0 to 3600',
    },
    {
      options: { staleSeconds: '10m' },
      code: 'ERR_POSTERN_POLICY',
      path: 'staleSeconds',
      message: '"10m" is not a number of seconds from 0 to 3600',
    },
  ])('$path: $message', ({ options, files = FILES, code, path, message, fix }) => {
    const fault = faultOf(() => compile(options, { ...(files === FILES ? POD : {}), ...files }))
    expect([fault.code, fault.path.join('.'), fault.message]).toEqual([code, `credentials.0.${path}`, message])
    if (fix !== undefined) expect(fault.fix).toBe(fix)
  })
})
