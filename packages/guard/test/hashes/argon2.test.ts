import { createRequire } from 'node:module'
import { hashSync } from '@node-rs/argon2'
import { faultOf } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { parseArgon2 } from '../../src/hashes/argon2.ts'

const hash = hashSync('s3cret', { memoryCost: 64, timeCost: 1, parallelism: 2 })
const SALT = 'c29tZXNhbHQ'
const DIGEST = 'nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'
const withParameters = (parameters: string, salt = SALT, digest = DIGEST): string => `$argon2id$v=19$${parameters}$${salt}$${digest}`

describe('reading a hash', () => {
  test.each([
    { parameters: 'm=64,t=1,p=2', milliseconds: 0 },
    { parameters: 'm=19456,t=2,p=1', milliseconds: 26 },
    { parameters: 'm=65536,t=3,p=4', milliseconds: 131 },
    { parameters: 'm=262144,t=28,p=16', milliseconds: 4893 },
  ])('$parameters takes about $milliseconds ms', ({ parameters, milliseconds }) => {
    const parsed = parseArgon2(withParameters(parameters))
    expect(parsed).toMatchObject({
      kind: 'argon2id',
      text: withParameters(parameters),
      work: `argon2id ${parameters}`,
      weakness: undefined,
    })
    expect(Math.round(parsed.milliseconds)).toBe(milliseconds)
  })

  test.each([
    { name: 'no version', text: `$argon2id$m=64,t=1,p=1$${SALT}$${DIGEST}` },
    { name: 'the version before', text: `$argon2id$v=16$m=64,t=1,p=1$${SALT}$${DIGEST}` },
    { name: 'parameters in another order', text: withParameters('t=1,m=64,p=1') },
    { name: 'a parameter too many', text: withParameters('m=64,t=1,p=1,data=x') },
    { name: 'no memory', text: withParameters('m=0,t=1,p=1') },
    { name: 'less memory than its lanes need', text: withParameters('m=15,t=1,p=2') },
    { name: 'no lanes', text: withParameters('m=64,t=1,p=0') },
    { name: 'a leading zero', text: withParameters('m=064,t=1,p=1') },
    { name: 'a sign', text: withParameters('m=64,t=+1,p=1') },
    { name: 'a salt of 7 bytes', text: withParameters('m=64,t=1,p=1', 'c29tZXNhbA') },
    { name: 'a salt of 65 bytes', text: withParameters('m=64,t=1,p=1', 'A'.repeat(87)) },
    { name: 'padding', text: withParameters('m=64,t=1,p=1', 'c29tZXNhbHQ=') },
    { name: 'bits to spare that are not zero', text: withParameters('m=64,t=1,p=1', 'c29tZXNhbHR') },
    { name: 'a digest that was cut off', text: withParameters('m=64,t=1,p=1', SALT, DIGEST.slice(0, 20)) },
    { name: 'no digest', text: `$argon2id$v=19$m=64,t=1,p=1$${SALT}` },
    { name: 'a line end', text: `${hash}\n` },
    { name: 'another kind', text: hash.replace('argon2id', 'argon2x') },
  ])('refuses one with $name', ({ text }) => {
    expect(faultOf(() => parseArgon2(text, { user: 'prom' }))).toEqual({
      code: 'ERR_POSTERN_HASH',
      path: [],
      message: 'the hash of "prom" is not an argon2id hash but a damaged one',
      fix: 'A whole one is written like $argon2id$v=19$m=19456,t=2,p=1$SALT$DIGEST, with 8 to 64 bytes of salt and 16 to 64 of digest in base64 without padding.',
    })
  })

  test.each(['argon2i', 'argon2d'])('refuses %s', (kind) => {
    expect(faultOf(() => parseArgon2(hash.replace('argon2id', kind)))).toEqual({
      code: 'ERR_POSTERN_HASH',
      path: [],
      message: `this is an ${kind} hash, and only argon2id withstands both kinds of attack`,
      fix: 'Make one with: postern hash, or htpasswd -B',
    })
  })

  test.each([
    { parameters: 'm=262145,t=1,p=1', excess: '257 MiB of memory' },
    { parameters: 'm=2097152,t=1,p=4', excess: '2048 MiB of memory' },
    { parameters: 'm=4294967295,t=1,p=1', excess: '4194304 MiB of memory' },
    { parameters: 'm=262144,t=29,p=1', excess: 'about 6 seconds' },
    { parameters: 'm=64,t=4294967295,p=1', excess: 'about 183252 seconds' },
    { parameters: 'm=65536,t=1,p=17', excess: '17 threads' },
  ])('refuses $parameters, of which each attempt would take $excess (6.2 #15)', ({ parameters, excess }) => {
    expect(faultOf(() => parseArgon2(withParameters(parameters)))).toEqual({
      code: 'ERR_POSTERN_HASH',
      path: [],
      message: `this is an argon2id hash, and each attempt would take ${excess}`,
      fix: 'Use m=65536,t=3,p=1; at most m=262144 and p=16.',
    })
  })
})

describe('checking a password', () => {
  test.each([
    { name: 'accepts the right one', text: hash, tried: 's3cret', right: true },
    { name: 'refuses a wrong one', text: hash, tried: 's3cret ', right: false },
    { name: 'refuses the right one with a NUL byte and more after it', text: hash, tried: 's3cret\0more', right: false },
    { name: 'refuses an empty one', text: hash, tried: '', right: false },
    // test.c of the reference implementation.
    { name: 'accepts what the reference made', text: withParameters('m=256,t=2,p=1'), tried: 'password', right: true },
    {
      name: 'reads all of a long one',
      text: hashSync('x'.repeat(200), { memoryCost: 64, timeCost: 1 }),
      tried: 'x'.repeat(199),
      right: false,
    },
  ])('$name', async ({ text, tried, right }) => {
    expect(await parseArgon2(text).verify(tried)).toBe(right)
  })

  test('has a decoy of the same work that is a well-formed hash', async () => {
    const decoy = parseArgon2(hash).decoy()
    expect([decoy.work, parseArgon2(decoy.text).work, await decoy.verify('s3cret')]).toEqual([
      'argon2id m=64,t=1,p=2',
      'argon2id m=64,t=1,p=2',
      false,
    ])
  })
})

describe('the package that does it', () => {
  test('is asked for when it is missing', () => {
    const nowhere = createRequire('/nowhere/index.js')
    expect(faultOf(() => parseArgon2(hash, { source: { file: 'users', line: 3, column: 6 } }, nowhere))).toEqual({
      code: 'ERR_POSTERN_HASH',
      path: [],
      message: 'this is an argon2id hash, and the package that checks those is not installed',
      fix: 'Run: npm install @node-rs/argon2',
      source: { file: 'users', line: 3, column: 6 },
    })
  })

  test('is asked for anew when it cannot be loaded on this machine', () => {
    const broken = (): never => {
      throw new Error('Failed to load native binding')
    }
    expect(faultOf(() => parseArgon2(hash, {}, broken))).toMatchObject({
      message: 'this is an argon2id hash, and the package that checks those cannot be loaded',
      fix: 'Run: npm install @node-rs/argon2 on this machine, which may be of another kind than where it was installed',
    })
  })
})
