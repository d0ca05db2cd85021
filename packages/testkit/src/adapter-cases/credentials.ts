/** What may be sent as a credential, rightly and wrongly. */
import { createHash } from 'node:crypto'
import { basic, bearer } from '../headers.ts'
import type { AdapterCase } from './case.ts'
import {
  allowed,
  ambiguous,
  basicLine,
  denied,
  encoded,
  HASH,
  LONGEST,
  numbered,
  PASSWORD,
  RIGHT,
  TOKEN,
  unnoticed,
  WRONG,
} from './policy.ts'

export const CREDENTIAL_CASES: readonly AdapterCase[] = [
  ...numbered(
    [1],
    [
      unnoticed('asks when nothing is sent'),
      unnoticed('asks when another scheme is sent', 'Authorization: Digest username="prometheus"'),
      unnoticed('asks when the header is empty', 'Authorization:'),
      unnoticed('asks when a scheme is sent alone', 'Authorization: Basic'),
    ],
  ),

  allowed('lets the right password in', 'prometheus', RIGHT),
  allowed('lets the right password in under any case of the header', 'prometheus', RIGHT.replace('Authorization', 'aUTHORIZATION')),
  allowed('lets the right password in behind several spaces', 'prometheus', RIGHT.replace('Basic ', 'Basic    ')),
  allowed('lets the right password in between spaces and tabs', 'prometheus', `${RIGHT.replace(': ', ':\t  ')} \t`),
  allowed('lets the old password of a rotation in', 'rotating', basicLine('rotating', 'canary-old')),
  allowed('lets the new password of a rotation in', 'rotating', basicLine('rotating', 'canary-new')),

  ...numbered(
    [2],
    [denied('refuses a wrong password', basicLine('prometheus', WRONG)), denied('refuses an unknown user', basicLine('mallory', PASSWORD))],
  ),
  denied('refuses another case of the user', basicLine('Prometheus', PASSWORD)),
  denied('refuses the decoy of a rival', basicLine('fakeuser', 'fakepassword')),
  denied('refuses the hash for its password', basicLine('prometheus', HASH)),

  ...numbered(
    [8],
    [
      allowed('lets a password of 72 bytes in', 'longest', basicLine('longest', LONGEST)),
      denied('refuses a password of 73 bytes that starts with the right 72', basicLine('longest', `${LONGEST}x`)),
      denied('refuses the right password with a NUL byte behind it', basicLine('prometheus', `${PASSWORD}\0`)),
      denied('refuses the right password with a NUL byte and more behind it', basicLine('prometheus', `${PASSWORD}\0more`)),
    ],
  ),
  ...numbered(
    [9],
    [
      allowed('lets a password with colons in', 'colons', basicLine('colons', 'canary:a:b:')),
      denied('refuses the right password with a colon behind it', basicLine('prometheus', `${PASSWORD}:`)),
      allowed('lets an empty password in where it is the right one', 'blank', basicLine('blank', '')),
      denied('refuses an empty password', basicLine('prometheus', '')),
      denied('refuses an empty user', basicLine('', PASSWORD)),
      denied('refuses an empty user with an empty password', basicLine('', '')),
      allowed('lets a user beyond ASCII in', 'zoë 日本 🔑', basicLine('zoë 日本 🔑', PASSWORD)),
      denied('refuses another normal form of the user', basicLine('zoe\u0308 日本 🔑', PASSWORD)),
      denied('refuses a user with a mark before it', basicLine('\ufeffprometheus', PASSWORD)),
      denied('refuses a user with a space behind it', basicLine('prometheus ', PASSWORD)),
      allowed('lets a user in whose name every object has', '__proto__', basicLine('__proto__', PASSWORD)),
      denied('refuses a user whose name every object has and the policy has not', basicLine('constructor', PASSWORD)),
    ],
  ),
  ...numbered(
    [10],
    [
      denied('refuses what is no base64', 'Authorization: Basic %%%'),
      denied('refuses base64 without its padding', encoded('a:bc').replace('==', '')),
      denied('refuses base64 with more behind its padding', `${encoded('a:bc')}AAAA`),
      denied('refuses base64 with a space inside', RIGHT.replace('cHJv', 'cHJv ')),
      denied('refuses bytes that are no UTF-8', encoded([0x70, 0x3a, 0xff, 0xfe])),
      denied('refuses a pair without a colon', encoded('prometheus')),
      denied('refuses two pairs in one header', `${RIGHT}, ${basic('prometheus', PASSWORD).authorization}`),
      denied('refuses letters beyond ASCII in the header', 'Authorization: Basic \u00fc\u00fc\u00fc\u00fc'),
      allowed('lets the right password in under any case of the scheme', 'prometheus', RIGHT.replace('Basic', 'bAsIc')),
      unnoticed('asks when the scheme is parted by a tab', RIGHT.replace('Basic ', 'Basic\t')),
      ambiguous('refuses two Authorization headers that are both right', RIGHT, RIGHT),
      ambiguous('refuses a right Authorization header behind a wrong one', basicLine('prometheus', WRONG), RIGHT),
      ambiguous('refuses a right Authorization header before an empty one', RIGHT, 'authorization:'),
      ambiguous('refuses two Authorization headers of two kinds', RIGHT, `AUTHORIZATION: Bearer ${TOKEN}`),
    ],
  ),

  allowed('lets the token in', 'agent', `Authorization: ${bearer(TOKEN).authorization}`),
  allowed('lets the token in under any case of the scheme', 'agent', `Authorization: BEARER ${TOKEN}`),
  ...numbered(
    [16],
    [
      denied('refuses a prefix of the token', `Authorization: Bearer ${TOKEN.slice(0, -1)}`),
      denied('refuses the token with more behind it', `Authorization: Bearer ${TOKEN}a`),
      denied('refuses another case of the token', `Authorization: Bearer ${TOKEN.toUpperCase()}`),
      denied('refuses the digest of the token', `Authorization: Bearer ${createHash('sha256').update(TOKEN).digest('hex')}`),
      denied('refuses the token twice', `Authorization: Bearer ${TOKEN} ${TOKEN}`),
      denied('refuses the token as a password', basicLine('agent', TOKEN)),
      denied('refuses a password as a token', `Authorization: Bearer ${PASSWORD}`),
      { name: 'does not look for a token in the query', target: `/metrics?access_token=${TOKEN}`, status: 401, heard: 'no_credentials' },
      {
        name: 'does not look for a token in the body',
        method: 'POST',
        lines: ['Content-Type: application/x-www-form-urlencoded', 'Content-Length: 43', '', `access_token=${TOKEN}`],
        status: 401,
        heard: 'no_credentials',
        router: true,
      },
    ],
  ),

  ...numbered(
    [65],
    [
      denied('refuses a user of control characters, and tells none', basicLine('pro\r\nX-Injected: 1\u001b[31m\0', PASSWORD)),
      denied('refuses a user of 8 KiB, and tells none of it', basicLine('u'.repeat(8_192), PASSWORD)),
      { name: 'refuses a user of 64 KiB', lines: [basicLine('u'.repeat(65_536), PASSWORD)], status: 431, heard: 'nothing' },
      {
        name: 'refuses a client with a name of escape sequences',
        lines: ['User-Agent: \u001b[2J\u001b]0;owned\u0007'],
        status: 400,
        heard: 'nothing',
      },
      unnoticed('asks a client with a name of 8 KiB', `User-Agent: ${'a'.repeat(8_192)}`),
      unnoticed('asks a client with a name that looks like a log line', 'User-Agent: "} {"level":"error","msg":"forged"}'),
    ],
  ),
]
