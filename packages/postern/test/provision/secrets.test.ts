import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { createPassword, createToken } from '../../src/provision/secrets.ts'
import { ask, describeWith, temporaryFolder } from './oracle.ts'

const zeros = (bytes: number) => new Uint8Array(bytes)

test('a password is 256 bits without a line feed, and the guard keeps its hash', async () => {
  const { scraper, guard } = await createPassword('prometheus')
  expect(scraper).toMatch(/^[A-Za-z0-9_-]{43}$/)
  expect(guard).toMatch(/^prometheus:\$2b\$10\$[./A-Za-z0-9]{53}\n$/)
  expect((await createPassword('prometheus')).scraper).not.toBe(scraper)
  expect((await createPassword('prometheus', zeros)).scraper).toBe('A'.repeat(43))
})

test('a token is 256 bits behind a known prefix, and the guard keeps its digest', () => {
  const { scraper, guard } = createToken('prometheus')
  expect(scraper).toMatch(/^pst_[A-Za-z0-9_-]{43}$/)
  expect(parse(guard)).toEqual({ tokens: [{ name: 'prometheus', sha256: createHash('sha256').update(scraper).digest('hex') }] })
  expect(guard).not.toContain(scraper)
  expect(createToken('prometheus').scraper).not.toBe(scraper)
  expect(createToken('prometheus', zeros).scraper).toBe(`pst_${'A'.repeat(43)}`)
})

describeWith('htpasswd', 'a line of users before htpasswd', () => {
  test('holds for its password and for no other', async () => {
    await using folder = await temporaryFolder()
    const { scraper, guard } = await createPassword('prometheus')
    const file = join(folder.path, 'users.htpasswd')
    await writeFile(file, guard)
    expect(ask('htpasswd', ['-vb', file, 'prometheus', scraper])).toMatchObject({ status: 0 })
    expect(ask('htpasswd', ['-vb', file, 'prometheus', 'guess'])).toMatchObject({ status: 3 })
  })
})
