import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, sign, X509Certificate } from 'node:crypto'
import { faultOf, issueCertificate, issueRevocationList } from '@postern/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readValues, TAG } from '../../src/tls/der.ts'
import { type RevocationList, readRevocationLists } from '../../src/tls/revocation-list.ts'

const authority = await issueCertificate({ subject: 'Scrapers', ca: true })
const other = await issueCertificate({ subject: 'Other', ca: true })
/** Another authority of the same name. */
const namesake = await issueCertificate({ subject: 'Scrapers', ca: true })
const rsa = await issueCertificate({ subject: 'Rsa', ca: true, rsaBits: 2048 })
const lost = await issueCertificate({ subject: 'lost', issuer: authority })
const stolen = await issueCertificate({ subject: 'stolen', issuer: authority })
const AUTHORITIES = [authority, other, rsa].map(({ cert }) => new X509Certificate(cert))
const from = new Date('2026-01-02T03:04:05Z')
const until = new Date('2060-01-02T03:04:05Z')
const list = await issueRevocationList({ issuer: authority, revoked: [lost, stolen], thisUpdate: from, nextUpdate: until })

const toDer = (pem: string): Buffer =>
  execFileSync('openssl', ['crl', '-outform', 'DER'], { input: pem, stdio: ['pipe', 'pipe', 'ignore'] })
const read = (content: string | Buffer, authorities = AUTHORITIES): readonly RevocationList[] => {
  const bytes = Buffer.from(content)
  return readRevocationLists({ text: bytes.toString('utf8'), bytes, readableByOthers: false }, 'ca.crl', ['crlFile'], authorities)
}
const numberOf = (cert: string): string => new X509Certificate(cert).serialNumber.toLowerCase()

describe('a revocation list', () => {
  test.each([
    { name: 'PEM', content: list },
    { name: 'DER', content: toDer(list) },
    { name: 'PEM between lines of text', content: `Scrapers\n${list.replaceAll('\n', '\r\n')}end` },
  ])('is read from $name: whose, of whom, for which days', ({ content }) => {
    expect(read(content)).toEqual([
      {
        authority: AUTHORITIES[0],
        file: 'ca.crl',
        revoked: new Set([lost, stolen].map(({ cert }) => numberOf(cert))),
        thisUpdate: from.getTime(),
        nextUpdate: until.getTime(),
      },
    ])
  })

  test('may stand beside others, may be empty, and may be signed by any kind of key', async () => {
    const lists = [await issueRevocationList({ issuer: other }), await issueRevocationList({ issuer: rsa })]
    const seen = read(list + lists.join(''))
    expect(seen.map((one) => [one.authority.subject, one.revoked.size])).toEqual([
      ['CN=Scrapers', 2],
      ['CN=Other', 0],
      ['CN=Rsa', 0],
    ])
  })

  test('may say more, as long as that does not change what it means', async () => {
    const said = await issueRevocationList({ issuer: authority, revoked: [lost], extensions: ['authorityKeyIdentifier = keyid'] })
    expect(read(said)[0]?.revoked.size).toBe(1)
  })

  test('without a last day has none', () => {
    const endless = rewritten(([inner, issuer, thisUpdate, , ...rest]) => [inner!, issuer!, thisUpdate!, ...rest])
    expect(read(endless)[0]?.nextUpdate).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('a list that is refused', () => {
  const unread = ['holds no revocation list that can be read', 'Give a PEM file that starts with -----BEGIN X509 CRL-----, or its DER.']
  const foreign = [
    'holds a revocation list that none of the authorities of this credential signed',
    'Give the lists of those in caFile; the list of an intermediate authority needs its certificate there too.',
  ]
  const partial = ['holds a revocation list that is partial, indirect or a change to another', 'Give the whole list of the authority.']
  const unknown = [
    'holds a revocation list that is signed in a way that is not read here',
    'Let the authority sign it with ECDSA, RSA (PKCS #1) or Ed25519, and SHA-256 or better.',
  ]
  const forged = toDer(list)
  forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1
  test.each([
    { name: 'an empty file', make: () => '', says: unread },
    { name: 'a certificate', make: () => authority.cert, says: unread },
    { name: 'text', make: () => 'nothing\n', says: unread },
    { name: 'a list that was cut off', make: () => list.slice(0, 200), says: unread },
    { name: 'a list after which more comes', make: () => Buffer.concat([toDer(list), Buffer.from([5, 0])]), says: unread },
    { name: 'a second block that is damaged', make: () => `${list}-----BEGIN X509 CRL-----\nAAAA`, says: unread },
    { name: 'a list of another authority', make: () => issueRevocationList({ issuer: namesake }), says: foreign },
    { name: 'a list that was changed', make: () => forged, says: foreign },
    {
      name: 'a list of changes to another',
      make: () => issueRevocationList({ issuer: authority, extensions: ['2.5.29.27 = critical, DER:020101'] }),
      says: partial,
    },
    {
      name: 'a list of a part',
      make: () =>
        issueRevocationList({ issuer: authority, extensions: ['issuingDistributionPoint = critical, @part', '[part]', 'onlyuser = TRUE'] }),
      says: partial,
    },
    { name: 'a list that is signed in an unknown way', make: () => withAlgorithm('2a8648ce3d040301'), says: unknown },
    { name: 'a list that says two ways of how it is signed', make: () => withAlgorithm('2a8648ce3d040301', false), says: unread },
    { name: 'a list of no time', make: () => withTimes('260102030405'), says: unread },
    { name: 'a list without anything', make: () => sequence(0x30, sequence(0x30), sequence(0x30), sequence(0x30)), says: unread },
    { name: 'a sequence of something else', make: () => sequence(0x30, sequence(0x30)), says: unread },
    {
      name: 'a list of what are no numbers',
      make: () => rewritten((fields) => [...fields.slice(0, -1), sequence(0x30, sequence(0x30))]),
      says: unread,
    },
    {
      name: 'a list of certificates of others',
      make: () =>
        rewritten((fields) => [
          ...fields.slice(0, -1),
          sequence(
            0x30,
            sequence(
              0x30,
              sequence(TAG.integer, Buffer.from([5])),
              sequence(TAG.utcTime, Buffer.from('260102030405Z')),
              sequence(0x30, sequence(0x30, sequence(0x06, Buffer.from('551d1d', 'hex')), sequence(TAG.boolean, Buffer.from([0xff])))),
            ),
          ),
        ]),
      says: partial,
    },
  ])('$name (32)', async ({ make, says: [why, fix] }) => {
    const content = await make()
    expect(faultOf(() => read(content))).toEqual({
      code: 'ERR_POSTERN_CERTIFICATE',
      path: ['crlFile'],
      message: `"ca.crl" ${why}`,
      fix,
      source: { file: 'ca.crl' },
    })
  })

  test('of a namesake with a key of another kind', async () => {
    const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const edwards = await issueCertificate({ subject: 'Scrapers', ca: true, key })
    const authorities = [new X509Certificate(edwards.cert)]
    expect(faultOf(() => read(list, authorities)).message).toContain(String(foreign[0]))
    expect(read(await issueRevocationList({ issuer: edwards }), authorities)).toHaveLength(1)
  })

  test('whose reader has no bytes to give', () => {
    expect(faultOf(() => readRevocationLists({ text: '', readableByOthers: false }, 'ca.crl', [], AUTHORITIES)).message).toContain(
      String(unread[0]),
    )
  })

  test('is whatever has an octet of it changed: no other list comes out of it', () => {
    const der = toDer(list)
    const revoked = read(list)[0]?.revoked
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (place, change) => {
        const broken = Buffer.from(der)
        broken[place] = (broken[place] ?? 0) ^ change
        try {
          expect(read(broken)[0]?.revoked).toEqual(revoked)
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_POSTERN_CERTIFICATE' })
        }
      }),
      { interruptAfterTimeLimit: 2_000, numRuns: 500 },
    )
  })
})

/** The list with other fields, signed anew by its authority. */
function rewritten(change: (fields: Buffer[]) => Buffer[]): Buffer {
  const [whole] = readValues(toDer(list))
  const [body, algorithm] = readValues(whole!.content)
  // Version and extensions are left out: they are of no interest to whoever changes the rest.
  const fields = readValues(body!.content).filter(({ tag }) => tag !== TAG.integer && tag !== TAG.context0)
  const rest = sequence(0x30, ...change(fields.map((field) => field.whole)))
  const signature = sequence(TAG.bitString, Buffer.from([0]), sign('sha256', rest, authority.key))
  return sequence(0x30, rest, algorithm!.whole, signature)
}

const withTimes = (text: string): Buffer =>
  rewritten(([inner, issuer, , ...rest]) => [inner!, issuer!, sequence(TAG.utcTime, Buffer.from(text)), ...rest])

/** The list with another name for how it is signed, and inside of it the same or not. */
function withAlgorithm(identifier: string, inside = true): Buffer {
  const algorithm = sequence(0x30, sequence(0x06, Buffer.from(identifier, 'hex')))
  const [whole] = readValues(rewritten(([inner, ...rest]) => [inside ? algorithm : inner!, ...rest]))
  const [body, , signature] = readValues(whole!.content)
  return sequence(0x30, body!.whole, algorithm, signature!.whole)
}

function sequence(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const length = content.length < 128 ? [content.length] : [0x82, content.length >> 8, content.length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), content])
}
