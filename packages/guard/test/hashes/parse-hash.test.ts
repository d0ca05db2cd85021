import { hashSync as argon2 } from '@node-rs/argon2'
import { hashSync as bcrypt } from '@node-rs/bcrypt'
import { faultOf } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { parseHash } from '../../src/hashes/parse-hash.ts'

const hash = bcrypt('s3cret', 4)

describe('hashes that are read', () => {
  test.each([
    { kind: 'bcrypt', text: hash },
    { kind: 'argon2id', text: argon2('s3cret', { memoryCost: 64, timeCost: 1 }) },
    { kind: 'scrypt', text: '$scrypt$ln=4,r=8,p=1$U29kaXVtQ2hsb3JpZGU$AAAAAAAAAAAAAAAAAAAAAA' },
    { kind: 'apr1', text: '$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/' },
    { kind: 'sha1', text: '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=' },
  ])('$kind', ({ kind, text }) => {
    expect(parseHash(text)).toMatchObject({ kind, text })
  })
})

describe('what is refused, with its reason and never with the text', () => {
  test.each([
    { text: '', told: 'is not a password hash but empty' },
    { text: undefined as unknown as string, told: 'is not a password hash but empty' },
    { text: '$1$canary$canarycanarycanarycana', told: 'is an MD5 crypt hash, which is guessed at millions a second' },
    { text: '$5$canary$canary', told: 'is a SHA-2 crypt hash, which only some systems can check' },
    { text: '$6$rounds=5000$canary', told: 'is a SHA-2 crypt hash, which only some systems can check' },
    { text: '$y$j9T$canary$canary', told: 'is a yescrypt hash, which only some systems can check' },
    { text: '$7$canary', told: 'is a yescrypt hash, which only some systems can check' },
    { text: '{SSHA}canarycanary', told: 'is a salted SHA-1 hash, which is guessed at billions a second' },
    { text: '{PLAIN}canary', told: 'is not a password hash but the password itself, which everyone who can read it can use' },
    {
      text: 'rqXexS6canary',
      told: 'is a DES crypt hash, of which eight characters count and every password can be tried, or is the password itself',
    },
    { text: `canary:${hash}`, told: 'is not a password hash but a whole line of an htpasswd file, name and colon included' },
    { text: 'canary:{SHA}x', told: 'is not a password hash but a whole line of an htpasswd file, name and colon included' },
    { text: 'canary', told: 'is not a password hash but something else' },
    { text: ` ${hash}`, told: 'is not a password hash but something else' },
    { text: '{sha}canary', told: 'is not a password hash but something else' },
    { text: '$canary', told: 'is not a password hash but something else' },
  ])('$text', ({ text, told }) => {
    const fault = faultOf(() => parseHash(text))
    expect(fault).toEqual({
      code: 'ERR_POSTERN_HASH',
      path: [],
      message: `this ${told}`,
      fix: 'Make one with: postern hash, or htpasswd -B',
    })
    expect(JSON.stringify(fault)).not.toMatch(/canary|s3cret/)
  })

  test.each([
    { user: 'prom', subject: 'the hash of "prom"' },
    { user: 'a\n"b', subject: String.raw`the hash of "a\n\"b"` },
    // The two sides of a line may have been swapped.
    { user: hash, subject: 'this' },
    { user: '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=', subject: 'this' },
    { user: 'x'.repeat(65), subject: 'this' },
  ])('of $user', ({ user, subject }) => {
    expect(faultOf(() => parseHash('', { user })).message).toBe(`${subject} is not a password hash but empty`)
  })
})
