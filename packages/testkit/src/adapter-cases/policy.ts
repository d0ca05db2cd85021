/** The policy that most cases are sent to, and how its secrets are written into headers. */
import { createHash } from 'node:crypto'
import { hashSync } from '@node-rs/bcrypt'
import type { GuardOptions } from '@postern/guard'
import { basic } from '../headers.ts'
import type { AdapterCase } from './case.ts'

export const PASSWORD = 'canary-password-9f2c'
export const LONGEST = `canary-longest-${'x'.repeat(57)}`
export const TOKEN = 'canary-token-0123456789-abcdef'
export const WRONG = 'canary-wrong-guess'
export const HASH: string = hashSync(PASSWORD, 4)
export const USERS = {
  prometheus: HASH,
  rotating: [hashSync('canary-old', 4), hashSync('canary-new', 4)],
  longest: hashSync(LONGEST, 4),
  colons: hashSync('canary:a:b:', 4),
  blank: hashSync('', 4),
  'zoë 日本 🔑': HASH,
  ['__proto__']: HASH,
}
/** None of these, in any of its forms, may be seen by a client or told in an event. */
export const SECRETS: readonly string[] = [
  ...[PASSWORD, LONGEST, TOKEN, WRONG, 'canary-old', 'canary-new', 'canary:a:b:'].flatMap((secret) => [
    secret,
    Buffer.from(secret).toString('base64').replace(/=*$/, '').slice(0, -1),
    createHash('sha256').update(secret).digest('hex'),
  ]),
  ...Object.values(USERS).flat(),
]

export const POLICY: GuardOptions = {
  credentials: [
    { type: 'basic', users: USERS },
    { type: 'bearer', tokens: [{ name: 'agent', token: TOKEN }] },
  ],
}
export const CHALLENGES = ['Basic realm="metrics", charset="UTF-8"', 'Bearer realm="metrics"']

export const basicLine = (user: string, password: string): string => `Authorization: ${basic(user, password).authorization}`
export const RIGHT: string = basicLine('prometheus', PASSWORD)
export const encoded = (bytes: string | readonly number[]): string =>
  `Authorization: Basic ${Buffer.from(bytes as string).toString('base64')}`
export const anonymous = (addresses: NonNullable<GuardOptions['addresses']>): GuardOptions => ({ credentials: 'none', addresses })

/** Gives cases of one kind their numbers. */
export const numbered = (numbers: readonly number[], rows: readonly AdapterCase[]): AdapterCase[] =>
  rows.map((row) => ({ ...row, numbers }))

export const denied = (name: string, ...lines: string[]): AdapterCase => ({ name, lines, status: 401, heard: 'bad_credentials' })
export const unnoticed = (name: string, ...lines: string[]): AdapterCase => ({ name, lines, status: 401, heard: 'no_credentials' })
export const allowed = (name: string, principal: string, ...lines: string[]): AdapterCase => ({
  name,
  lines,
  status: 200,
  heard: { principal },
})
export const ambiguous = (name: string, ...lines: string[]): AdapterCase => ({ name, lines, status: 400, heard: 'malformed_request' })
