import { X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type IssuedCertificate, issueAuthority, issueCertificate } from '../../src/provision/certificates.ts'
import { ask, describeWith, temporaryFolder } from './oracle.ts'

const HOSTS = ['localhost', 'app1.example.org', '127.0.0.1', '::1', '2001:db8::10']
const AT = new Date('2026-03-01T12:00:00.789Z')
const now = () => AT

interface Chain extends AsyncDisposable {
  readonly authority: IssuedCertificate
  readonly server: IssuedCertificate
  readonly client: IssuedCertificate
  /** Where a file of the chain lies: `server.crt`. */
  readonly at: (name: string) => string
}

async function chain(): Promise<Chain> {
  const authority = await issueAuthority()
  const server = await issueCertificate(authority, { kind: 'server', hosts: HOSTS })
  const client = await issueCertificate(authority, { kind: 'client', names: ['prometheus'] })
  const folder = await temporaryFolder()
  const at = (name: string) => join(folder.path, name)
  for (const [name, { certificate, key }] of Object.entries({ authority, server, client })) {
    await writeFile(at(`${name}.crt`), certificate)
    await writeFile(at(`${name}.key`), key)
  }
  return { authority, server, client, at, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

describeWith('openssl', 'certificates before openssl', () => {
  const verify = (at: (name: string) => string, leaf: string, ...args: string[]) =>
    ask('openssl', ['verify', '-x509_strict', ...args, '-CAfile', at('authority.crt'), at(`${leaf}.crt`)])

  test('a server certificate holds for each of its hosts and for nothing else', async () => {
    await using made = await chain()
    for (const args of [
      ['-verify_hostname', 'localhost'],
      ['-verify_hostname', 'app1.example.org'],
      ['-verify_ip', '127.0.0.1'],
      ['-verify_ip', '::1'],
      ['-verify_ip', '2001:db8::10'],
    ]) {
      expect(verify(made.at, 'server', '-purpose', 'sslserver', ...args)).toMatchObject({
        status: 0,
        output: expect.stringContaining(': OK'),
      })
    }
    expect(verify(made.at, 'server', '-purpose', 'sslserver', '-verify_hostname', 'prometheus').output).toContain('hostname mismatch')
    expect(verify(made.at, 'server', '-purpose', 'sslserver', '-verify_ip', '127.0.0.2').output).toContain('IP address mismatch')
    expect(verify(made.at, 'server', '-purpose', 'sslclient').status).not.toBe(0)
  })

  test('a client certificate proves a client and no server', async () => {
    await using made = await chain()
    expect(verify(made.at, 'client', '-purpose', 'sslclient', '-verify_hostname', 'prometheus')).toMatchObject({ status: 0 })
    expect(verify(made.at, 'client', '-purpose', 'sslserver').status).not.toBe(0)
  })

  test('a leaf cannot sign another leaf', async () => {
    await using made = await chain()
    const forged = await issueCertificate(made.server, { kind: 'client', names: ['prometheus'] })
    await writeFile(made.at('forged.crt'), forged.certificate)
    const { status } = ask('openssl', [
      'verify',
      '-CAfile',
      made.at('authority.crt'),
      '-untrusted',
      made.at('server.crt'),
      made.at('forged.crt'),
    ])
    expect(status).not.toBe(0)
  })

  test('says of each certificate what was meant', async () => {
    await using made = await chain()
    const text = (name: string) => ask('openssl', ['x509', '-in', made.at(`${name}.crt`), '-noout', '-text']).output.replace(/ +/g, ' ')
    const common = ['Signature Algorithm: ecdsa-with-SHA256', 'ASN1 OID: prime256v1', 'X509v3 Subject Key Identifier']
    for (const line of [
      ...common,
      'X509v3 Basic Constraints: critical\n CA:TRUE, pathlen:0',
      'X509v3 Key Usage: critical\n Certificate Sign, CRL Sign\n',
    ]) {
      expect(text('authority')).toContain(line)
    }
    for (const [leaf, usage, names] of [
      ['server', 'TLS Web Server Authentication', 'DNS:localhost, DNS:app1.example.org, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1'],
      ['client', 'TLS Web Client Authentication', 'DNS:prometheus\n'],
    ] as const) {
      for (const line of [
        ...common,
        'X509v3 Basic Constraints: critical\n CA:FALSE\n',
        'X509v3 Key Usage: critical\n Digital Signature\n',
        `X509v3 Extended Key Usage: \n ${usage}\n`,
        'X509v3 Authority Key Identifier',
        names,
      ]) {
        expect(text(leaf)).toContain(line)
      }
    }
  })

  test('keys are PKCS#8 and belong to their certificates', async () => {
    await using made = await chain()
    for (const name of ['authority', 'server', 'client'] as const) {
      expect(made[name].key).toMatch(/^-----BEGIN PRIVATE KEY-----\n[\s\S]+\n-----END PRIVATE KEY-----\n$/)
      expect(made[name].certificate).toMatch(/^-----BEGIN CERTIFICATE-----\n[\s\S]+\n-----END CERTIFICATE-----\n$/)
      const ofKey = ask('openssl', ['pkey', '-in', made.at(`${name}.key`), '-pubout']).output
      expect(ofKey).toBe(ask('openssl', ['x509', '-in', made.at(`${name}.crt`), '-noout', '-pubkey']).output)
    }
  })
})

describe('the life of a certificate', () => {
  const ends = (pem: string) => {
    const { validFrom, validTo } = new X509Certificate(pem)
    return [new Date(validFrom).toISOString(), new Date(validTo).toISOString()]
  }

  test('starts a minute early and is ten years for an authority, ninety days for a leaf', async () => {
    const authority = await issueAuthority({ now })
    const leaf = await issueCertificate(authority, { kind: 'server', hosts: ['localhost'], now })
    expect(ends(authority.certificate)).toEqual(['2026-03-01T11:59:00.000Z', '2036-02-27T12:00:00.000Z'])
    expect(ends(leaf.certificate)).toEqual(['2026-03-01T11:59:00.000Z', '2026-05-30T12:00:00.000Z'])
    expect([authority.notAfter, leaf.notAfter].map((end) => end.toISOString())).toEqual([
      '2036-02-27T12:00:00.000Z',
      '2026-05-30T12:00:00.000Z',
    ])
  })

  test('is as long as was asked, and never longer than that of the authority', async () => {
    const authority = await issueAuthority({ now, lifeDays: 10 })
    const week = await issueCertificate(authority, { kind: 'client', names: ['a'], now, lifeDays: 7 })
    const year = await issueCertificate(authority, { kind: 'client', names: ['a'], now, lifeDays: 365 })
    expect(week.notAfter.toISOString()).toBe('2026-03-08T12:00:00.000Z')
    expect(year.notAfter).toEqual(authority.notAfter)
    expect(ends(year.certificate)[1]).toBe(authority.notAfter.toISOString())
  })
})

test.each([
  { name: 'high', byte: 0xff, serial: `01${'FF'.repeat(16)}` },
  { name: 'zero', byte: 0x00, serial: `01${'00'.repeat(16)}` },
])('a serial number of $name bits stays positive and whole', async ({ byte, serial }) => {
  const random = (bytes: number) => new Uint8Array(bytes).fill(byte)
  const authority = await issueAuthority({ random })
  const leaf = await issueCertificate(authority, { kind: 'client', names: ['a'], random })
  expect(new X509Certificate(authority.certificate).serialNumber).toBe(serial)
  expect(new X509Certificate(leaf.certificate).serialNumber).toBe(serial)
})

test('two authorities have different names, keys and numbers', async () => {
  const [one, two] = (await Promise.all([issueAuthority(), issueAuthority()])).map(({ certificate }) => new X509Certificate(certificate))
  expect(one!.subject).toMatch(/^CN=Postern authority [0-9a-f]{8}$/)
  expect(one!.subject).not.toBe(two!.subject)
  expect(one!.serialNumber).not.toBe(two!.serialNumber)
  expect(one!.publicKey.equals(two!.publicKey)).toBe(false)
})

test('a certificate without a name is a mistake of the program', async () => {
  const authority = await issueAuthority()
  await expect(issueCertificate(authority, { kind: 'server', hosts: [] })).rejects.toThrow(
    new TypeError('a certificate needs at least one name or address'),
  )
  await expect(issueCertificate(authority, { kind: 'client', names: [] })).rejects.toThrow(TypeError)
})
