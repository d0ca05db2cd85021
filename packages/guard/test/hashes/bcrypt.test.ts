import { spawnSync } from 'node:child_process'
import { hashSync } from '@node-rs/bcrypt'
import { describeFault, faultOf } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { DEFAULTS, hashPassword, parseBcrypt } from '../../src/hashes/bcrypt.ts'

const hash = hashSync('s3cret', 4)
const body = hash.slice(7)
const withForm = (prefix: string): string => `${prefix}${body}`

describe('reading a hash', () => {
  test.each([
    { text: withForm('$2a$04$'), cost: 4 },
    { text: withForm('$2b$10$'), cost: 10 },
    { text: withForm('$2y$12$'), cost: 12 },
    { text: withForm('$2b$16$'), cost: 16 },
    // What Prometheus' and exporter-toolkit's own pages show.
    { text: '$2b$12$hNf2lSsxfm0.i4a.1kVpSOVyBCfIB51VRjgBUyv6kdnyTlgWj81Ay', cost: 12 },
    { text: '$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi', cost: 10 },
  ])('$text costs $cost', ({ text, cost }) => {
    expect(parseBcrypt(text)).toMatchObject({
      kind: 'bcrypt',
      text,
      work: `bcrypt ${cost}`,
      milliseconds: 2 ** cost / 16,
      weakness: undefined,
    })
  })

  const damaged = 'a damaged one (60 characters, some of which bcrypt does not write there)'
  const unknown = (length: number): string =>
    `a damaged or unknown kind of one (${length} characters; a whole one has 60 and starts with $2a$, $2b$ or $2y$)`
  test.each([
    { text: hash.slice(0, 59), form: unknown(59) },
    { text: `${hash}.`, form: unknown(61) },
    { text: `${hash}\n`, form: unknown(61) },
    { text: withForm('$2x$10$'), form: unknown(60) },
    { text: `$2$10$${body}`, form: unknown(59) },
    { text: withForm('$2b$03$'), form: damaged },
    { text: withForm('$2b$1x$'), form: damaged },
    { text: `${hash.slice(0, 30)}!${hash.slice(31)}`, form: damaged },
    { text: `${hash.slice(0, 28)}Z${hash.slice(29)}`, form: damaged },
    { text: `${hash.slice(0, 59)}Z`, form: damaged },
  ])('refuses $form', ({ text, form }) => {
    const fault = faultOf(() => parseBcrypt(text))
    expect(fault).toEqual({
      code: 'ERR_POSTERN_HASH',
      path: [],
      message: `this is not a bcrypt hash but ${form}`,
      fix: 'Make one with: postern hash, or htpasswd -B',
    })
  })

  test.each([17, 31, 99])('refuses cost %i, of which one request could keep a core busy (6.2 #15)', (cost) => {
    expect(faultOf(() => parseBcrypt(withForm(`$2b$${cost}$`)))).toEqual({
      code: 'ERR_POSTERN_HASH',
      path: [],
      message: `this is a bcrypt hash of cost ${cost}, and each attempt would take minutes or more`,
      fix: 'Use a cost from 10 to 12, at most 16.',
    })
  })
})

describe('checking a password', () => {
  const longest = 'x'.repeat(72)
  test.each([
    { name: 'accepts the right one', made: 's3cret', tried: 's3cret', right: true },
    { name: 'refuses a wrong one', made: 's3cret', tried: 's3cret ', right: false },
    { name: 'minds case', made: 's3cret', tried: 'S3cret', right: false },
    { name: 'accepts one of 72 bytes', made: longest, tried: longest, right: true },
    { name: 'refuses one of 73 bytes that starts with the right 72 (6.2 #8)', made: longest, tried: `${longest}x`, right: false },
    { name: 'counts bytes and not characters', made: 'ü'.repeat(36), tried: `${'ü'.repeat(36)}x`, right: false },
    { name: 'accepts one beyond ASCII', made: 'pässwörd 🔑', tried: 'pässwörd 🔑', right: true },
    { name: 'refuses the right one with a NUL byte after it (6.2 #8)', made: 's3cret', tried: 's3cret\0', right: false },
    { name: 'refuses the right one with a NUL byte and more after it', made: 's3cret', tried: 's3cret\0more', right: false },
    { name: 'refuses a lone NUL byte for an empty one', made: '', tried: '\0', right: false },
    { name: 'refuses an empty one', made: 's3cret', tried: '', right: false },
  ])('$name', async ({ made, tried, right }) => {
    expect(await parseBcrypt(hashSync(made, 4)).verify(tried)).toBe(right)
  })

  test.each(['$2a$', '$2b$', '$2y$'])('takes %s for what it is', async (prefix) => {
    expect(await parseBcrypt(hash.replace('$2b$', prefix)).verify('s3cret')).toBe(true)
  })

  test.skipIf(spawnSync('htpasswd').error !== undefined).each([4, 10])('accepts what htpasswd -B wrote with cost %i', async (cost) => {
    const { stdout } = spawnSync('htpasswd', ['-nbB', '-C', String(cost), 'prom', 'pässwörd'], { encoding: 'utf8' })
    const parsed = parseBcrypt(stdout.trim().slice('prom:'.length))
    expect(parsed.work).toBe(`bcrypt ${cost}`)
    expect([await parsed.verify('pässwörd'), await parsed.verify('passwörd')]).toEqual([true, false])
  })
})

describe('making a hash', () => {
  test('makes one that checks, of the cost asked for', async () => {
    const made = parseBcrypt(await hashPassword('s3cret'))
    expect([made.work, await made.verify('s3cret'), made.text.slice(0, 4)]).toEqual([`bcrypt ${DEFAULTS.cost}`, true, '$2b$'])
  })

  test.each([
    {
      name: 'an empty password',
      password: '',
      cost: 10,
      message: 'the password is empty',
      fix: 'Give at least one character, better twenty.',
    },
    {
      name: 'a password of 73 bytes',
      password: 'ü'.repeat(36) + 'x',
      cost: 10,
      message: 'the password has 73 bytes, and bcrypt reads no more than 72',
      fix: 'Use a shorter one.',
    },
    {
      name: 'a password with a NUL byte',
      password: 's3cret\0',
      cost: 10,
      message: 'the password holds a NUL byte, where bcrypt stops reading',
      fix: 'Use one without.',
    },
    ...[9, 17, 10.5, Number.NaN].map((cost) => ({
      name: `the cost ${cost}`,
      password: 's3cret',
      cost,
      message: `the cost ${cost} is not a whole number from 10 to 16`,
      fix: 'Use 10 to 12.',
    })),
  ])('refuses $name', async ({ password, cost, message, fix }) => {
    expect(await hashPassword(password, cost).catch(describeFault)).toEqual({ code: 'ERR_POSTERN_PASSWORD', path: [], message, fix })
  })
})

test.each([4, 10, 16])('has a decoy of cost %i that is a well-formed hash of the same work', (cost) => {
  const parsed = parseBcrypt(withForm(`$2b$${String(cost).padStart(2, '0')}$`))
  const decoy = parsed.decoy()
  expect(parseBcrypt(decoy.text)).toEqual(decoy)
  expect([decoy.work, decoy.text === parsed.text]).toEqual([parsed.work, false])
})
