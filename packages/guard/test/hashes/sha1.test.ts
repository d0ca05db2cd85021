import { spawnSync } from 'node:child_process'
import { faultOf } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { parseSha1 } from '../../src/hashes/sha1.ts'

/** Of `password`. */
const hash = '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g='

test('reads one, and calls it weak', () => {
  expect(parseSha1(hash)).toMatchObject({
    kind: 'sha1',
    text: hash,
    work: 'sha1',
    milliseconds: 0,
    weakness: 'an unsalted SHA-1 hash, of which one graphics card tries billions of passwords a second',
  })
})

test.each([
  { text: '{SHA}', length: 5 },
  { text: hash.slice(0, -1), length: 32 },
  { text: `${hash} `, length: 34 },
  { text: hash.replace('9g=', '9h='), length: 33 },
  { text: hash.replace('5Mm5', '5M-5'), length: 33 },
])('refuses a damaged one of $length characters', ({ text, length }) => {
  expect(faultOf(() => parseSha1(text))).toEqual({
    code: 'ERR_POSTERN_HASH',
    path: [],
    message: `this is not a SHA-1 hash but a damaged one (${length} characters; a whole one has 33)`,
    fix: 'Make one with: postern hash, or htpasswd -B',
  })
})

describe('checking a password', () => {
  test.each([
    { tried: 'password', right: true },
    { tried: 'Password', right: false },
    { tried: 'password\0', right: false },
    { tried: '', right: false },
  ])('"$tried" is right: $right', async ({ tried, right }) => {
    expect(await parseSha1(hash).verify(tried)).toBe(right)
  })

  test.skipIf(spawnSync('htpasswd').error !== undefined).each(['', 'pässwörd'])(
    'accepts what htpasswd -s wrote for "%s"',
    async (password) => {
      const { stdout } = spawnSync('htpasswd', ['-nbs', 'prom', password], { encoding: 'utf8' })
      const parsed = parseSha1(stdout.trim().slice('prom:'.length))
      expect([await parsed.verify(password), await parsed.verify(`${password}x`)]).toEqual([true, false])
    },
  )
})

test('has a decoy of the same work that is a well-formed hash', () => {
  const decoy = parseSha1(hash).decoy()
  expect(parseSha1(decoy.text)).toEqual(decoy)
  expect(decoy.work).toBe('sha1')
})
