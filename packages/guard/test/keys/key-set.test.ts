import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ALGORITHMS, type Algorithm, isAlgorithm } from '../../src/keys/algorithms.ts'
import { KeySetError, parseKeySet } from '../../src/keys/key-set.ts'

interface Pair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 })
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
const secp256k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
const ed25519 = generateKeyPairSync('ed25519')
const x25519 = generateKeyPairSync('x25519')
const open = ({ publicKey }: Pair, more: object = {}): object => ({ ...publicKey.export({ format: 'jwk' }), ...more })
const closed = ({ privateKey }: Pair): object => privateKey.export({ format: 'jwk' })
const parse = (...keys: unknown[]): ReturnType<typeof parseKeySet> => parseKeySet(JSON.stringify({ keys }))
const allOf = (set: ReturnType<typeof parseKeySet>, kid: string | undefined): string[] =>
  (Object.keys(ALGORITHMS) as Algorithm[]).filter((algorithm) => set.find(kid, algorithm) !== undefined)

const RSA = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']

describe('a key', () => {
  test.each([
    { name: 'RSA', jwk: open(rsa), algorithms: RSA },
    { name: 'RSA for one algorithm', jwk: open(rsa, { alg: 'PS256' }), algorithms: ['PS256'] },
    { name: 'EC on P-256', jwk: open(p256, { use: 'sig', key_ops: ['verify'] }), algorithms: ['ES256'] },
    { name: 'EC on P-384', jwk: open(p384), algorithms: ['ES384'] },
    { name: 'Ed25519', jwk: open(ed25519), algorithms: ['EdDSA', 'Ed25519'] },
    {
      name: 'with a place for certificates, which is not looked at',
      jwk: open(p256, { x5u: 'http://127.0.0.1:9/' }),
      algorithms: ['ES256'],
    },
  ])('of $name verifies its algorithms', ({ jwk, algorithms }) => {
    const set = parse({ ...jwk, kid: 'a' })
    expect([allOf(set, 'a'), allOf(set, undefined), allOf(set, 'b')]).toEqual([algorithms, algorithms, []])
    expect([set.knows('a'), set.knows('b'), set.find('a', algorithms[0] as Algorithm)?.type]).toEqual([true, false, 'public'])
  })

  test.each([
    { name: 'for encryption', jwk: open(rsa, { use: 'enc' }) },
    { name: 'for other operations', jwk: open(rsa, { key_ops: ['wrapKey'] }) },
    { name: 'with operations that are no list', jwk: open(rsa, { key_ops: 'verify' }) },
    { name: 'of 1024 bits', jwk: open(weak) },
    { name: 'on a curve of no algorithm here', jwk: open(secp256k1) },
    { name: 'for exchange', jwk: open(x25519) },
    { name: 'for an algorithm of another kind', jwk: open(rsa, { alg: 'ES256' }) },
    { name: 'for an algorithm that there is not', jwk: open(rsa, { alg: 'RS1' }) },
    { name: 'whose id is no text', jwk: open(rsa, { kid: 7 }) },
    { name: 'without its modulus', jwk: { kty: 'RSA', e: 'AQAB' } },
    { name: 'off its curve', jwk: open(p256, { x: 'AAAA' }) },
    { name: 'without a kind', jwk: {} },
    { name: 'of a kind to come', jwk: { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA' } },
  ])('$name is passed over, and is no set alone', ({ jwk }) => {
    expect(() => parse(jwk)).toThrow(new KeySetError('holds no public key that could verify a token'))
    expect(allOf(parse({ kid: 'b', ...jwk }, open(p256, { kid: 'a' })), 'a')).toEqual(['ES256'])
  })
})

describe('a choice', () => {
  const set = parse(open(rsa, { kid: 'a', alg: 'RS256' }), open(p256, { kid: 'a' }), open(p384, { kid: 'b' }), open(ed25519), open(p384))
  test.each([
    { kid: 'a', algorithm: 'RS256' as const, found: true },
    { kid: 'a', algorithm: 'ES256' as const, found: true },
    { kid: 'a', algorithm: 'ES384' as const, found: false },
    { kid: undefined, algorithm: 'EdDSA' as const, found: true },
    { kid: undefined, algorithm: 'ES384' as const, found: false },
    { kid: '', algorithm: 'EdDSA' as const, found: false },
    { kid: '__proto__', algorithm: 'EdDSA' as const, found: false },
  ])('by id $kid and $algorithm: $found', ({ kid, algorithm, found }) => {
    expect(set.find(kid, algorithm) !== undefined).toBe(found)
  })

  test('is none between two of one id', () => {
    const twice = parse(open(p256, { kid: 'a' }), open(generateKeyPairSync('ec', { namedCurve: 'P-256' }), { kid: 'a' }))
    expect([twice.knows('a'), twice.find('a', 'ES256')]).toEqual([true, undefined])
  })
})

describe('what is no set', () => {
  const NO_SET = 'is no JWK set: a JSON object with a list "keys" of objects'
  test.each([
    '',
    'null',
    '7',
    '"keys"',
    '[]',
    '{}',
    '{"keys":{}}',
    '{"keys":[null]}',
    '{"keys":[[]]}',
    '{"keys":["a"]}',
    '<html>',
    '{"keys":[',
  ])('%s', (text) => {
    expect(() => parseKeySet(text)).toThrow(new KeySetError(NO_SET))
  })

  test('one without keys', () => {
    expect(() => parse()).toThrow(new KeySetError('holds no public key that could verify a token'))
  })

  test.each([
    { name: 'a private RSA key', jwk: closed(rsa) },
    { name: 'a private EC key', jwk: closed(p256) },
    { name: 'a private Ed25519 key', jwk: closed(ed25519) },
    { name: 'a symmetric key', jwk: { kty: 'oct', k: createHash('sha256').digest('base64url') } },
    { name: 'a private key of a kind to come', jwk: { kty: 'AKP', priv: 'AAAA' } },
  ])('one that holds $name, beside others that are good', ({ jwk }) => {
    expect(() => parse(open(p256), jwk)).toThrow(new KeySetError('holds a private or symmetric key, and whoever reads it can sign'))
  })

  test('is told as such, whatever it is', () => {
    const member = fc.dictionary(fc.constantFrom('kty', 'crv', 'n', 'e', 'x', 'y', 'alg', 'use', 'kid', 'key_ops', 'd'), fc.jsonValue())
    const set = fc.oneof(
      fc.json(),
      fc
        .record({
          keys: fc.array(
            fc.oneof(
              member,
              member.map((more) => open(p256, more)),
            ),
          ),
        })
        .map((value) => JSON.stringify(value)),
    )
    fc.assert(
      fc.property(set, (text) => {
        try {
          expect(parseKeySet(text).knows('nobody')).toBe(false)
        } catch (error) {
          expect(error).toBeInstanceOf(KeySetError)
        }
      }),
      { numRuns: 300, interruptAfterTimeLimit: 1_000 },
    )
  })
})

test.each([
  { name: 'RS256', is: true },
  { name: 'none', is: false },
  { name: 'HS256', is: false },
  { name: 'constructor', is: false },
  { name: undefined, is: false },
])('$name is an algorithm here: $is', ({ name, is }) => {
  expect(isAlgorithm(name)).toBe(is)
})
