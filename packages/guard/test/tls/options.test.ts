import { execFile, execFileSync } from 'node:child_process'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { connect, faultOf, issueCertificate, type Pair, startServer, temporaryFolder } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { compileTls, readAuthorities, readCertificate, type TlsSettings } from '../../src/tls/options.ts'

const DAY = 86_400_000
const NOW = Date.now()
const authority = await issueCertificate({ subject: 'CA', ca: true })
const pair = await issueCertificate({
  subject: 'localhost',
  issuer: authority,
  usage: 'serverAuth',
  notBefore: new Date(NOW - DAY),
  notAfter: new Date(NOW + 30 * DAY),
})
const other = await issueCertificate({ subject: 'localhost', issuer: authority })
const openssl = (input: string, ...args: string[]): string =>
  execFileSync('openssl', args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] })
const settings: TlsSettings = { certFile: 'server.crt', keyFile: 'server.key' }

const compile = (
  { cert, key }: Pair,
  now = NOW,
  keyReadableByOthers = false,
  init: Partial<TlsSettings> = {},
): ReturnType<typeof compileTls> =>
  compileTls(
    { ...settings, ...init },
    (file) => (file === 'server.crt' ? { text: cert, readableByOthers: true } : { text: key, readableByOthers: keyReadableByOthers }),
    now,
  )

describe('a pair that can be served', () => {
  test('comes with TLS 1.2 and a bounded handshake', () => {
    const { options, notAfter, warnings } = compile(pair)
    expect(options).toMatchObject({ cert: pair.cert, key: pair.key, minVersion: 'TLSv1.2', handshakeTimeout: 10_000 })
    expect([Math.abs(notAfter - (NOW + 30 * DAY)) < 1_000, warnings]).toEqual([true, []])
  })

  test('may ask for TLS 1.3', () => {
    expect(compile(pair, NOW, false, { minVersion: 'TLS13' }).options.minVersion).toBe('TLSv1.3')
  })

  test.each([
    { name: 'SEC1', key: openssl(pair.key, 'ec') },
    { name: 'a chain', key: pair.key, cert: pair.cert + authority.cert },
    { name: 'text before the certificate', key: pair.key, cert: `subject=localhost\n${pair.cert}` },
  ])('may be written as $name', ({ key, cert = pair.cert }) => {
    expect(compile({ cert, key }).warnings).toEqual([])
  })

  test.each([
    { version: 'TLSv1' as const, minVersion: undefined, served: false },
    { version: 'TLSv1.1' as const, minVersion: undefined, served: false },
    { version: 'TLSv1.2' as const, minVersion: undefined, served: true },
    { version: 'TLSv1.3' as const, minVersion: undefined, served: true },
    { version: 'TLSv1.2' as const, minVersion: 'TLSv1.3' as const, served: false },
  ])('is served over $version where the least is $minVersion: $served (25)', async ({ version, minVersion, served }) => {
    const { options } = compile(pair, NOW, false, minVersion ? { minVersion } : {})
    await using server = await startServer(createServer(options))
    const tls = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' }
    const met = await connect(server.url, { tls }).then(
      async (wire) => {
        await using _ = wire
        return true
      },
      () => false,
    )
    expect(met).toBe(served)
  })

  test('does not shake hands again on an open connection (25)', async () => {
    await using server = await startServer(createServer(compile(pair).options))
    const socket = connectTls({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false, maxVersion: 'TLSv1.2' })
    const refused = new Promise<Error>((resolve) => socket.on('error', resolve))
    const again = new Promise<'again'>((resolve) => {
      socket.once('secureConnect', () => socket.renegotiate({}, (error) => error === null && resolve('again')))
    })
    expect(await Promise.race([refused, again])).toMatchObject({ code: 'ERR_SSL_NO_RENEGOTIATION' })
  })

  test('takes nothing before its handshake is over: its sessions allow no early data (25)', async () => {
    await using server = await startServer(createServer(compile(pair).options, (_request, response) => response.end('up 1\n')))
    await using folder = await temporaryFolder()
    const session = join(folder.path, 'session')
    const early = await folder.write('early', 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n')
    const client = (...args: string[]): Promise<string> =>
      new Promise((resolve) => {
        const all = ['s_client', '-connect', `127.0.0.1:${server.port}`, '-tls1_3', ...args]
        const child = execFile('openssl', all, (_error, stdout, stderr) => resolve(stdout + stderr))
        // The ticket comes with the first answer; the connection ends with it.
        child.stdin?.end('GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
      })
    await client('-sess_out', session, '-ign_eof')
    expect(await client('-sess_in', session, '-early_data', early)).toContain('Early data was not sent')
  })

  test('lets a client speak as slowly as it likes, but no longer than its handshake may last (34)', async () => {
    const { options } = compile(pair)
    expect(options.handshakeTimeout).toBeLessThanOrEqual(10_000)
    await using server = await startServer(createServer({ ...options, handshakeTimeout: 100 }))
    const hello = Buffer.from('1603010200010001fc0303', 'hex')
    await using wire = await connect(server.url.replace('https', 'http'))
    let sent = 0
    const drip = setInterval(() => {
      wire.send(hello.subarray(sent, sent + 1))
      sent += 1
    }, 20)
    await wire.ended()
    clearInterval(drip)
    await using next = await connect(server.url)
    expect((next.socket as TLSSocket).encrypted).toBe(true)
  })
})

describe('a pair with a warning', () => {
  const validTo = readCertificate(pair.cert, '', []).validTo
  const validFrom = readCertificate(pair.cert, '', []).validFrom
  const life = (now: number, warnings: string[]): object => ({ now, warnings })
  test.each([
    {
      name: 'a key that others can read',
      now: NOW,
      keyReadableByOthers: true,
      warnings: ['"server.key" can be read by other users of this machine: chmod 600 it'],
    },
    { name: 'nothing 15 days before its end', ...life(NOW + 15 * DAY, []) },
    {
      name: 'its end less than 14 days before',
      ...life(NOW + 17 * DAY, [`the certificate in "server.crt" ends on ${validTo}: issue a new one before`]),
    },
    {
      name: 'its end on its last day',
      ...life(NOW + 30 * DAY - 60_000, [`the certificate in "server.crt" ends on ${validTo}: issue a new one before`]),
    },
    {
      name: 'its end when it is over',
      ...life(NOW + 30 * DAY + 60_000, [`the certificate in "server.crt" ended on ${validTo}, and scrapers refuse it: issue a new one`]),
    },
    {
      name: 'its beginning when it is to come',
      ...life(NOW - 2 * DAY, [
        `the certificate in "server.crt" is not valid before ${validFrom}, and scrapers refuse it until then: look at the clocks`,
      ]),
    },
  ] as { name: string; now: number; keyReadableByOthers?: boolean; warnings: string[] }[])(
    'tells $name',
    ({ now, keyReadableByOthers, warnings }) => {
      expect(compile(pair, now, keyReadableByOthers).warnings).toEqual(warnings)
    },
  )
})

describe('a pair that is refused', () => {
  const code = 'ERR_POSTERN_CERTIFICATE'
  const noCertificate = {
    code,
    path: ['certFile'],
    message: '"server.crt" holds no certificate that can be read',
    fix: 'Give a PEM file that starts with -----BEGIN CERTIFICATE-----.',
    source: { file: 'server.crt' },
  }
  const noKey = {
    code,
    path: ['keyFile'],
    message: '"server.key" holds no private key that can be read',
    fix: 'Give a PEM file that starts with -----BEGIN PRIVATE KEY-----.',
    source: { file: 'server.key' },
  }
  const encrypted = {
    code,
    path: ['keyFile'],
    message: 'the key in "server.key" is encrypted',
    fix: 'Decrypt it with: openssl pkey -in KEY -out NEW, and chmod 600 the result.',
    source: { file: 'server.key' },
  }
  const mismatch = {
    code,
    path: ['keyFile'],
    message: 'the key in "server.key" does not belong to the certificate in "server.crt"',
    fix: 'Name the key that the certificate was issued for.',
    source: { file: 'server.key' },
  }
  const password = ['-passout', 'pass:x', '-aes256']
  test.each([
    { name: 'the key of another certificate', cert: pair.cert, key: other.key, fault: mismatch },
    { name: 'the certificate of another key', cert: other.cert, key: pair.key, fault: mismatch },
    { name: 'a chain that does not begin with its leaf', cert: authority.cert + pair.cert, key: pair.key, fault: mismatch },
    { name: 'an encrypted key', cert: pair.cert, key: openssl(pair.key, 'pkcs8', '-topk8', '-passout', 'pass:x'), fault: encrypted },
    { name: 'an encrypted key of the old form', cert: pair.cert, key: openssl(pair.key, 'ec', ...password), fault: encrypted },
    { name: 'an empty certificate', cert: '', key: pair.key, fault: noCertificate },
    { name: 'garbage for a certificate', cert: 'garbage', key: pair.key, fault: noCertificate },
    { name: 'a key for a certificate', cert: pair.key, key: pair.key, fault: noCertificate },
    { name: 'a certificate that was cut off', cert: pair.cert.slice(0, 300), key: pair.key, fault: noCertificate },
    { name: 'an empty key', cert: pair.cert, key: '', fault: noKey },
    { name: 'garbage for a key', cert: pair.cert, key: 'garbage', fault: noKey },
    { name: 'a certificate for a key', cert: pair.cert, key: pair.cert, fault: noKey },
    { name: 'a key that was cut off', cert: pair.cert, key: pair.key.slice(0, 80), fault: noKey },
  ])('$name', ({ cert, key, fault }) => {
    const seen = faultOf(() => compile({ cert, key }))
    expect(seen).toEqual(fault)
    expect(JSON.stringify(seen)).not.toContain(pair.key.split('\n')[1]!.slice(0, 16))
  })
})

test('reads every authority of a bundle, in order', () => {
  const subjects = readAuthorities(`# first\n${authority.cert}# second\r\n${other.cert.replaceAll('\n', '\r\n')}`, 'ca', ['ca']).map(
    ({ subject }) => subject,
  )
  expect(subjects).toEqual(['CN=CA', 'CN=localhost'])
})

test.each(['TLSv1.1', 'SSLv3', 'TLS11'])('%s is no version that is served', (minVersion) => {
  const settings = { certFile: 'server.crt', keyFile: 'server.key', minVersion: minVersion as 'TLSv1.2' }
  expect(faultOf(() => compileTls(settings, () => ({ text: '', readableByOthers: false }), NOW))).toEqual({
    code: 'ERR_POSTERN_POLICY',
    path: ['minVersion'],
    message: `"${minVersion}" is not a version of TLS that is served`,
    fix: 'Write TLS12 or TLS13.',
  })
})

test('a misspelt setting of TLS is refused', () => {
  const settings = { certFile: 'server.crt', keyFile: 'server.key', minVersoin: 'TLSv1.3' }
  expect(faultOf(() => compileTls(settings, () => ({ text: '', readableByOthers: false }), NOW)).message).toBe(
    '"minVersoin" is not an option here',
  )
})

describe('several pairs', () => {
  const FILES: Record<string, string> = { 'a.crt': pair.cert, 'a.key': pair.key, 'b.crt': other.cert, 'b.key': other.key }
  const readFile = (file: string): { text: string; readableByOthers: boolean } => ({
    text: FILES[file] ?? '',
    readableByOthers: file === 'b.key',
  })
  const compileAll = (settings: TlsSettings): ReturnType<typeof compileTls> => compileTls(settings, readFile, NOW)
  const [a, b] = [
    { certFile: 'a.crt', keyFile: 'a.key' },
    { certFile: 'b.crt', keyFile: 'b.key' },
  ]
  const inline = { cert: other.cert, key: other.key }

  test.each([
    { name: 'a pair and a list', settings: { ...a, certificates: [b] }, certs: [pair.cert, other.cert] },
    { name: 'a list alone', settings: { certificates: [b, a] }, certs: [other.cert, pair.cert] },
    { name: 'an empty list beside a pair', settings: { ...a, certificates: [] }, certs: [pair.cert] },
    { name: 'a text', settings: inline, certs: [other.cert] },
    { name: 'a file and a text', settings: { certFile: 'b.crt', key: other.key }, certs: [other.cert] },
    { name: 'a file rather than a text', settings: { ...a, ...inline }, certs: [pair.cert] },
  ])('are $name', ({ settings, certs }) => {
    const { certificates, options, notAfter } = compileAll(settings)
    expect([certificates.map(({ cert }) => cert), options.cert]).toEqual([certs, certs[0]])
    expect(notAfter).toBe(Math.min(...certificates.map(({ leaf }) => Date.parse(leaf.validTo))))
  })

  test('have their warnings together', () => {
    expect(compileAll({ ...a, certificates: [b] }).warnings).toEqual(['"b.key" can be read by other users of this machine: chmod 600 it'])
  })

  test('are of one kind of key: Node would show the first under every name', async () => {
    const rsa = await issueCertificate({ subject: 'rsa', rsaBits: 2048 })
    expect(faultOf(() => compileAll({ ...a, certificates: [b, { cert: rsa.cert, key: rsa.key }] }))).toEqual({
      code: 'ERR_POSTERN_CERTIFICATE',
      path: ['certificates', 1, 'key'],
      message: 'this key is of the kind rsa, and that of the first certificate ec',
      fix: 'Issue all certificates of a listener for one kind of key: Node cannot show different kinds by server name.',
    })
  })

  const missing = (path: (string | number)[], what: string): object => ({
    code: 'ERR_POSTERN_CERTIFICATE',
    path,
    message: `a listener of TLS needs a certificate and its key, and no ${what} is named here`,
    fix: 'Name the PEM files of both.',
  })
  test.each([
    { settings: {}, fault: missing(['certFile'], 'cert') },
    { settings: { certificates: [] }, fault: missing(['certFile'], 'cert') },
    { settings: { certFile: 'a.crt' }, fault: missing(['keyFile'], 'key') },
    { settings: { keyFile: 'a.key', certificates: [b] }, fault: missing(['certFile'], 'cert') },
    { settings: { certificates: [a, { certFile: 'b.crt' }] }, fault: missing(['certificates', 1, 'keyFile'], 'key') },
    {
      settings: { certificates: [{ ...a, minVersion: 'TLS13' }] },
      fault: {
        code: 'ERR_POSTERN_POLICY',
        path: ['certificates', 0, 'minVersion'],
        message: '"minVersion" is not an option here',
        fix: 'There are certFile, keyFile, cert, key.',
      },
    },
    {
      settings: { certificates: a },
      fault: {
        code: 'ERR_POSTERN_POLICY',
        path: ['certificates'],
        message: 'this is not a list of certificates',
        fix: 'List pairs of a certificate and its key.',
      },
    },
    {
      settings: { cert: pair.cert, key: other.key },
      fault: {
        code: 'ERR_POSTERN_CERTIFICATE',
        path: ['key'],
        message: 'the key in "key" does not belong to the certificate in "cert"',
        fix: 'Name the key that the certificate was issued for.',
        source: { file: 'key' },
      },
    },
  ])('are refused: $fault.message', ({ settings, fault }) => {
    expect(faultOf(() => compileAll(settings as TlsSettings))).toEqual(fault)
  })
})
