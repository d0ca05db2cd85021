import { X509Certificate } from 'node:crypto'
import { issueCertificate } from '@postern/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readTime, readValues, TAG } from '../../src/tls/der.ts'
import { isShowable, readCertificateFields } from '../../src/tls/subject.ts'

/** DER by hand: one value, and a value of values. */
const der = (tag: number, ...parts: (Buffer | string)[]): Buffer => {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)))
  const length = content.length < 128 ? [content.length] : [0x82, content.length >> 8, content.length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), content])
}
const COMMON_NAME = der(0x06, Buffer.from('550403', 'hex'))
const attribute = (type: Buffer, value: Buffer): Buffer => der(0x30, type, value)
const certificate = (...sets: Buffer[]): Buffer => {
  const none = der(0x30)
  return der(0x30, der(0x30, der(0x02, '\x05'), none, none, none, der(0x30, ...sets)))
}

describe('the subject of a certificate', () => {
  test.each([
    { subject: 'prometheus', commonNames: ['prometheus'], organizations: [] },
    { subject: '/O=ops/O=sre/CN=prometheus', commonNames: ['prometheus'], organizations: ['ops', 'sre'] },
    { subject: '/O=ops+O=sre/CN=prometheus', commonNames: ['prometheus'], organizations: ['ops', 'sre'] },
    { subject: '/CN=mallory\\/CN=prometheus', commonNames: ['mallory/CN=prometheus'], organizations: [] },
    { subject: '/CN=mallory\\, CN=prometheus', commonNames: ['mallory, CN=prometheus'], organizations: [] },
    { subject: '/CN=mallory+CN=prometheus', commonNames: ['mallory', 'prometheus'], organizations: [] },
    { subject: '/CN=mallory/CN=prometheus', commonNames: ['mallory', 'prometheus'], organizations: [] },
    { subject: '/O=x+CN=prometheus', commonNames: ['prometheus'], organizations: ['x'] },
    { subject: '/O=a\nCN=prometheus', commonNames: [], organizations: [] },
    { subject: '/OU=ops/emailAddress=a@b', commonNames: [], organizations: [] },
    { subject: '/CN=bücher', commonNames: ['bücher'], organizations: [] },
  ])('is read from its bytes: $subject (28)', async ({ subject, commonNames, organizations }) => {
    const { raw, serialNumber } = new X509Certificate((await issueCertificate({ subject })).cert)
    expect(readCertificateFields(raw)).toMatchObject({
      subject: { commonNames, organizations },
      serialNumber: serialNumber.toLowerCase(),
    })
  })

  test.each([
    { name: 'a text of four octets for each letter', value: der(0x1c, '\0\0\0a'), commonNames: [] },
    { name: 'a text that is no UTF-8', value: der(0x0c, Buffer.from([0x61, 0xff])), commonNames: [] },
    { name: 'a NUL', value: der(0x0c, 'prometheus\0.evil'), commonNames: [] },
    { name: 'the end of a line', value: der(0x0c, 'a\nCN=prometheus'), commonNames: [] },
    { name: 'what turns the direction of a line', value: der(0x0c, 'a\u202eb'), commonNames: [] },
    { name: 'nothing', value: der(0x0c), commonNames: [] },
    { name: 'no value', value: Buffer.alloc(0), commonNames: [] },
    { name: 'an ASCII text', value: der(0x16, 'prometheus'), commonNames: ['prometheus'] },
    { name: 'a printable text', value: der(0x13, 'prometheus'), commonNames: ['prometheus'] },
    { name: 'an endless text', value: der(0x0c, 'a'.repeat(2_049)), commonNames: [] },
  ])('names $name as it is or not at all', ({ value, commonNames }) => {
    const fields = readCertificateFields(certificate(der(0x31, attribute(COMMON_NAME, value))))
    expect([fields.serialNumber, fields.subject.commonNames]).toEqual(['05', commonNames])
  })

  test.each([
    { name: 'nothing', bytes: Buffer.alloc(0) },
    { name: 'a lone octet', bytes: Buffer.from([0x30]) },
    { name: 'a length beyond the end', bytes: Buffer.from([0x30, 0x05, 0x00]) },
    { name: 'a length of many octets', bytes: Buffer.from([0x30, 0x88, 1, 1, 1, 1, 1, 1, 1, 1]) },
    { name: 'a length without an end', bytes: Buffer.from([0x30, 0x80, 0x00, 0x00]) },
    { name: 'a long identifier', bytes: Buffer.from([0x3f, 0x81, 0x00, 0x00]) },
    { name: 'an empty certificate', bytes: der(0x30) },
    { name: 'an empty body', bytes: der(0x30, der(0x30)) },
    { name: 'a body without a subject', bytes: der(0x30, der(0x30, der(0x02, '\x01'))) },
    { name: 'a body that begins with its version alone', bytes: der(0x30, der(0x30, der(0xa0))) },
  ])('cannot be read from $name', ({ bytes }) => {
    expect(() => readCertificateFields(bytes)).toThrow(RangeError)
  })

  test('is read, or refused, from any bytes: nothing else happens', async () => {
    const { raw } = new X509Certificate((await issueCertificate({ subject: '/O=a/CN=b' })).cert)
    fc.assert(
      fc.property(fc.nat(raw.length - 1), fc.nat(255), fc.nat(raw.length), (place, octet, end) => {
        const broken = Buffer.from(raw)
        broken[place] = octet
        try {
          readCertificateFields(broken.subarray(0, end))
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      }),
      { interruptAfterTimeLimit: 1_000, numRuns: 2_000 },
    )
  })
})

describe('DER', () => {
  test('comes in short and long lengths', () => {
    const values = readValues(Buffer.concat([der(0x04, 'ab'), der(0x04, 'x'.repeat(300)), der(0x05)]))
    expect(values.map(({ tag, content, whole }) => [tag, content.length, whole.length])).toEqual([
      [0x04, 2, 4],
      [0x04, 300, 304],
      [0x05, 0, 2],
    ])
  })

  test.each([
    { tag: TAG.utcTime, text: '500101000000Z', time: '1950-01-01T00:00:00Z' },
    { tag: TAG.utcTime, text: '491231235959Z', time: '2049-12-31T23:59:59Z' },
    { tag: TAG.utcTime, text: '260102030405Z', time: '2026-01-02T03:04:05Z' },
    { tag: TAG.generalizedTime, text: '20500102030405Z', time: '2050-01-02T03:04:05Z' },
    { tag: TAG.generalizedTime, text: '260102030405Z', time: undefined },
    { tag: TAG.utcTime, text: '20260102030405Z', time: undefined },
    { tag: TAG.utcTime, text: '2601020304Z', time: undefined },
    { tag: TAG.utcTime, text: '260102030405+0100', time: undefined },
    { tag: TAG.utcTime, text: '261302030405Z', time: undefined },
  ])('has times: $text is $time', ({ tag, text, time }) => {
    const [value] = readValues(der(tag, text))
    expect(readTime(value!)).toBe(time === undefined ? Number.NaN : Date.parse(time))
  })
})

test.each([
  { text: 'a b', showable: true },
  { text: '', showable: false },
  { text: '\ufffd', showable: false },
])('%j may be shown', ({ text, showable }) => {
  expect(isShowable(text)).toBe(showable)
})
