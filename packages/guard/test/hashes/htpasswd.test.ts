import { hashSync } from '@node-rs/bcrypt'
import { faultOf } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { parseHtpasswd } from '../../src/hashes/htpasswd.ts'

const first = hashSync('first', 4)
const second = hashSync('second', 5)
const FILE = '/etc/postern/users.htpasswd'

describe('the users of a file', () => {
  test.each<{ name: string; text: string; users: Record<string, string[]> }>([
    { name: 'one line', text: `prom:${first}`, users: { prom: [first] } },
    { name: 'the mark that some editors begin with', text: `\uFEFFprom:${first}`, users: { prom: [first] } },
    { name: 'a line end at the end', text: `prom:${first}\n`, users: { prom: [first] } },
    { name: 'line ends of Windows', text: `prom:${first}\r\nother:${second}\r\n`, users: { prom: [first], other: [second] } },
    { name: 'blank lines and comments', text: `# who may scrape\n\n  \nprom:${first}\n#old:${second}\n`, users: { prom: [first] } },
    {
      name: 'two lines of one user',
      text: `prom:${first}\nother:${second}\nprom:${second}\n`,
      users: { prom: [first, second], other: [second] },
    },
    { name: 'names beyond ASCII and with spaces', text: `zoë b:${first}\n`, users: { 'zoë b': [first] } },
    {
      name: 'names that every object has',
      text: `__proto__:${first}\nconstructor:${second}\n`,
      users: { ['__proto__']: [first], constructor: [second] },
    },
  ])('$name', ({ text, users }) => {
    const parsed = [...parseHtpasswd(text, FILE)].map(([user, hashes]) => [user, hashes.map((hash) => hash.text)])
    expect(parsed).toEqual(Object.entries(users))
  })
})

describe('files that are refused', () => {
  const form = 'Write it like prometheus:$2b$10$… (make one with: postern hash --user prometheus).'
  test.each([
    {
      name: 'a line without a colon',
      text: `prom:${first}\n${second}\n`,
      fault: { code: 'ERR_POSTERN_HASH', message: 'this line has no colon', fix: form, source: { file: FILE, line: 2, column: 1 } },
    },
    {
      name: 'a line without a user',
      text: `\n:${first}\n`,
      fault: {
        code: 'ERR_POSTERN_HASH',
        message: 'this line has no user before its colon',
        fix: form,
        source: { file: FILE, line: 2, column: 1 },
      },
    },
    {
      name: 'a hash of another kind, at its place',
      text: `# users\r\nprom:${first}\r\nother:$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/\r\n`,
      fault: {
        code: 'ERR_POSTERN_HASH',
        message: 'this is not a bcrypt hash but an apr1 (MD5) hash',
        fix: 'Make one with: postern hash, or htpasswd -B',
        source: { file: FILE, line: 3, column: 7 },
      },
    },
    {
      name: 'a truncated hash, without showing it',
      text: `prom:${first.slice(0, 40)}\n`,
      fault: {
        code: 'ERR_POSTERN_HASH',
        message:
          'this is not a bcrypt hash but a damaged or unknown kind of one (40 characters; a whole one has 60 and starts with $2a$, $2b$ or $2y$)',
        fix: 'Make one with: postern hash, or htpasswd -B',
        source: { file: FILE, line: 1, column: 6 },
      },
    },
    {
      name: 'a hash that costs too much',
      text: `prom:${first.replace('$04$', '$31$')}\n`,
      fault: {
        code: 'ERR_POSTERN_HASH',
        message: 'this bcrypt hash has cost 31, and each attempt would take minutes or more',
        fix: 'Use a cost from 10 to 12, at most 16.',
        source: { file: FILE, line: 1, column: 6 },
      },
    },
    ...['', '\n\n', '# nobody\n'].map((text) => ({
      name: `a file that names nobody (${JSON.stringify(text)})`,
      text,
      fault: {
        code: 'ERR_POSTERN_POLICY',
        message: 'this file names no user, so that nobody could ever log in',
        fix: 'Add a line made with: postern hash --user NAME',
        source: { file: FILE },
      },
    })),
  ])('$name', ({ text, fault }) => {
    const seen = faultOf(() => parseHtpasswd(text, FILE))
    expect(seen).toEqual({ path: [], ...fault })
    expect(JSON.stringify(seen)).not.toContain(first.slice(7, 40))
  })
})
