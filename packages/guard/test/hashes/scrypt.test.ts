import { spawnSync } from 'node:child_process'
import { faultOf } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { parseScrypt } from '../../src/hashes/scrypt.ts'

const SALT = 'U29kaXVtQ2hsb3JpZGU'
const digest = Buffer.from(
  '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
  'hex',
)
const DIGEST = digest.toString('base64').replace(/=+$/, '')
const withParameters = (parameters: string, salt = SALT, sum = DIGEST): string => `$scrypt$${parameters}$${salt}$${sum}`

describe('reading a hash', () => {
  test.each([
    { parameters: 'ln=4,r=8,p=1', milliseconds: 0.03125 },
    { parameters: 'ln=14,r=8,p=1', milliseconds: 32 },
    { parameters: 'ln=17,r=8,p=4', milliseconds: 1024 },
    { parameters: 'ln=18,r=8,p=1', milliseconds: 512 },
    { parameters: 'ln=15,r=1,p=16', milliseconds: 128 },
  ])('$parameters takes about $milliseconds ms', ({ parameters, milliseconds }) => {
    const text = withParameters(parameters)
    expect(parseScrypt(text)).toMatchObject({ kind: 'scrypt', text, work: `scrypt ${parameters}`, milliseconds, weakness: undefined })
  })

  test.each([
    { name: 'parameters in another order', text: withParameters('r=8,ln=14,p=1') },
    { name: 'N for its logarithm', text: withParameters('n=16384,r=8,p=1') },
    { name: 'no rounds', text: withParameters('ln=0,r=8,p=1') },
    { name: 'no blocks', text: withParameters('ln=14,r=0,p=1') },
    { name: 'no lanes', text: withParameters('ln=14,r=8,p=0') },
    { name: 'more rounds than its blocks allow', text: withParameters('ln=16,r=1,p=1') },
    { name: 'a salt of 7 bytes', text: withParameters('ln=14,r=8,p=1', 'AAAAAAAAAA'.slice(0, 9)) },
    { name: 'padding', text: withParameters('ln=14,r=8,p=1', `${SALT}=`) },
    { name: 'bits to spare that are not zero', text: withParameters('ln=14,r=8,p=1', `${SALT.slice(0, -1)}V`) },
    { name: 'a digest that was cut off', text: withParameters('ln=14,r=8,p=1', SALT, DIGEST.slice(0, 20)) },
    { name: 'a digest of 65 bytes', text: withParameters('ln=14,r=8,p=1', SALT, 'A'.repeat(87)) },
    { name: 'no digest', text: `$scrypt$ln=14,r=8,p=1$${SALT}` },
    { name: 'a line end', text: `${withParameters('ln=14,r=8,p=1')}\n` },
  ])('refuses one with $name', ({ text }) => {
    expect(faultOf(() => parseScrypt(text, { user: 'prom' }))).toEqual({
      code: 'ERR_POSTERN_HASH',
      path: [],
      message: 'the hash of "prom" is not a scrypt hash but a damaged one',
      fix: 'A whole one is written like $scrypt$ln=14,r=8,p=1$SALT$DIGEST, with 8 to 64 bytes of salt and 16 to 64 of digest in base64 without padding.',
    })
  })

  test.each([
    { parameters: 'ln=19,r=8,p=1', excess: '512 MiB of memory' },
    { parameters: 'ln=99,r=8,p=1', excess: `${2 ** 89} MiB of memory` },
    { parameters: 'ln=14,r=999,p=1', excess: '1998 MiB of memory' },
    { parameters: 'ln=18,r=8,p=10', excess: 'about 6 seconds' },
    { parameters: 'ln=10,r=8,p=17', excess: '17 lanes' },
  ])('refuses $parameters, of which each attempt would take $excess (6.2 #15)', ({ parameters, excess }) => {
    expect(faultOf(() => parseScrypt(withParameters(parameters)))).toEqual({
      code: 'ERR_POSTERN_HASH',
      path: [],
      message: `this is a scrypt hash, and each attempt would take ${excess}`,
      fix: 'Use ln=15,r=8,p=1; at most ln=17,r=8,p=4.',
    })
  })
})

describe('checking a password', () => {
  const vector = withParameters('ln=14,r=8,p=1')
  test.each([
    // RFC 7914, 12.
    { name: 'accepts what the standard lists', text: vector, tried: 'pleaseletmein', right: true },
    { name: 'refuses a wrong one', text: vector, tried: 'pleaseletmein ', right: false },
    { name: 'refuses the right one with a NUL byte after it (6.2 #8)', text: vector, tried: 'pleaseletmein\0', right: false },
    { name: 'refuses an empty one', text: vector, tried: '', right: false },
    // The example of passlib's documentation.
    {
      name: 'accepts what passlib made',
      text: '$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E',
      tried: 'password',
      right: true,
    },
  ])('$name', async ({ text, tried, right }) => {
    expect(await parseScrypt(text).verify(tried)).toBe(right)
  })

  test.skipIf(spawnSync('python3').error !== undefined)('accepts what Python made', async () => {
    const program = `
import base64, hashlib
salt = bytes(range(16))
made = hashlib.scrypt('pässwörd'.encode(), salt=salt, n=2**12, r=8, p=2, maxmem=2**26, dklen=32)
text = lambda part: base64.b64encode(part).decode().rstrip('=')
print('$scrypt$ln=12,r=8,p=2$' + text(salt) + '$' + text(made), end='')`
    const { stdout } = spawnSync('python3', ['-c', program], { encoding: 'utf8' })
    const parsed = parseScrypt(stdout)
    expect([await parsed.verify('pässwörd'), await parsed.verify('passwörd')]).toEqual([true, false])
  })

  test('has a decoy of the same work that is a well-formed hash', async () => {
    const decoy = parseScrypt(withParameters('ln=4,r=8,p=1')).decoy()
    expect(parseScrypt(decoy.text)).toEqual(decoy)
    expect([decoy.work, await decoy.verify('s3cret')]).toEqual(['scrypt ln=4,r=8,p=1', false])
  })
})
