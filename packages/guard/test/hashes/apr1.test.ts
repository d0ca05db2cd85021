import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { faultOf } from '@postern/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseApr1 } from '../../src/hashes/apr1.ts'

// Its declarations promise a default export, and it has none.
const apacheMd5 = createRequire(import.meta.url)('apache-md5') as (password: string, salt?: string) => string
const hash = apacheMd5('s3cret')
const WEAK = 'an apr1 hash, 1000 rounds of MD5, of which one graphics card tries millions of passwords a second'

describe('reading a hash', () => {
  test.each([
    { text: '$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/', work: 'apr1 8' },
    { text: '$apr1$a$HqJZimcKQFAMYayBlzkrA.', work: 'apr1 1' },
  ])('$text is weak', ({ text, work }) => {
    expect(parseApr1(text)).toMatchObject({ kind: 'apr1', text, work, milliseconds: 2, weakness: WEAK })
  })

  test.each([
    { name: 'no salt', text: '$apr1$$HqJZimcKQFAMYayBlzkrA/' },
    { name: 'a salt of 9', text: '$apr1$123456789$HqJZimcKQFAMYayBlzkrA/' },
    { name: 'a salt of other characters', text: '$apr1$r31,....$HqJZimcKQFAMYayBlzkrA/' },
    { name: 'a digest that was cut off', text: '$apr1$r31.....$HqJZimcKQFAMYayBlzkrA' },
    { name: 'bits to spare that are not zero', text: '$apr1$r31.....$HqJZimcKQFAMYayBlzkrA2' },
    { name: 'more after it', text: '$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/\n' },
  ])('refuses one with $name', ({ text }) => {
    expect(faultOf(() => parseApr1(text, { user: 'prom' }))).toEqual({
      code: 'ERR_POSTERN_HASH',
      path: [],
      message: 'the hash of "prom" is not an apr1 hash but a damaged one (a whole one is $apr1$, 1 to 8 characters, $ and 22 characters)',
      fix: 'Make one with: postern hash, or htpasswd -B',
    })
    expect(faultOf(() => parseApr1(text)).message).toMatch(/^this is not /)
  })
})

describe('checking a password', () => {
  test.each([
    { name: 'accepts the right one', tried: 's3cret', right: true },
    { name: 'refuses a wrong one', tried: 's3creT', right: false },
    { name: 'refuses the right one with a NUL byte after it', tried: 's3cret\0', right: false },
    { name: 'refuses an empty one', tried: '', right: false },
  ])('$name', async ({ tried, right }) => {
    expect(await parseApr1(hash).verify(tried)).toBe(right)
  })

  test('agrees with apache-md5, whatever the password and the salt', async () => {
    const salt = fc.string({ unit: fc.constantFrom('.', '/', '0', '9', 'A', 'z'), minLength: 1, maxLength: 8 })
    // It counts characters where bytes are meant, so that ASCII is all it can be asked about; htpasswd below is asked about more.
    const password = fc.string({ unit: 'grapheme-ascii', maxLength: 100 })
    await fc.assert(
      fc.asyncProperty(password, salt, password, async (right, salt, other) => {
        const parsed = parseApr1(apacheMd5(right, `$apr1$${salt}$`))
        expect([await parsed.verify(right), await parsed.verify(`${right}.`)]).toEqual([true, false])
        expect(await parsed.verify(other)).toBe(other === right)
      }),
      { interruptAfterTimeLimit: 2_000, numRuns: 150 },
    )
  })

  test.skipIf(spawnSync('htpasswd').error !== undefined).each(['', 's3cret', 'pässwörd', 'x'.repeat(255)])(
    'accepts what htpasswd -m wrote for "%s"',
    async (password) => {
      const { stdout } = spawnSync('htpasswd', ['-nimb', 'prom', password], { encoding: 'utf8' })
      const parsed = parseApr1(stdout.trim().slice('prom:'.length))
      expect([await parsed.verify(password), await parsed.verify(`${password}x`)]).toEqual([true, false])
    },
  )

  test('lets others have their turn in between', async () => {
    let isDone = false
    let turns = 0
    const count = (): void => {
      if (isDone) return
      turns += 1
      setImmediate(count)
    }
    setImmediate(count)
    await parseApr1(hash).verify('s3cret')
    isDone = true
    expect(turns).toBeGreaterThanOrEqual(7)
  })
})

test('has a decoy of the same work that is a well-formed hash', () => {
  const decoy = parseApr1('$apr1$abc$HqJZimcKQFAMYayBlzkrA/').decoy()
  expect(parseApr1(decoy.text)).toEqual(decoy)
  expect(decoy.work).toBe('apr1 3')
})
