import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { createBearerCredential, digestToken } from '../../src/credentials/bearer.ts'
import { withAuthorization } from '../support/facts.ts'

const token = 'pt_7Hc0-A.b~c+d/e=='
const credential = createBearerCredential({ name: 'agents', realm: 'metrics', tokens: new Map([[digestToken(token), 'prometheus']]) })

test('asks with its realm', () => {
  expect([credential.kind, credential.name, credential.challenge]).toEqual(['bearer', 'agents', 'Bearer realm="metrics"'])
})

test('digests as sha256sum does', () => {
  expect(digestToken('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})

test.each([
  {
    name: 'proves the token',
    header: `Bearer ${token}`,
    finding: { state: 'proven', principal: { name: 'prometheus', credential: 'bearer' } },
  },
  {
    name: 'proves the token under any case of its scheme',
    header: `bEARER ${token}`,
    finding: { state: 'proven', principal: { name: 'prometheus', credential: 'bearer' } },
  },
  ...[
    { name: 'a prefix', sent: token.slice(0, -1) },
    { name: 'more behind it', sent: `${token}=` },
    { name: 'another case', sent: token.toLowerCase() },
    { name: 'a space behind it', sent: `${token} ` },
    { name: 'two of it', sent: `${token} ${token}` },
    { name: 'two of it in a list', sent: `${token},${token}` },
    { name: 'its digest', sent: createHash('sha256').update(token).digest('hex') },
    { name: 'nothing', sent: '' },
    { name: 'padding alone', sent: '==' },
    { name: 'a letter beyond ASCII', sent: 'tökén' },
  ].map(({ name, sent }) => ({
    name: `rejects ${name}`,
    header: `Bearer ${sent}`,
    finding: { state: 'rejected', reason: 'bad_credentials' },
  })),
  { name: 'finds nothing in another scheme', header: `Basic ${token}`, finding: { state: 'absent' } },
])('$name', ({ header, finding }) => {
  expect(credential.check(withAuthorization(header), undefined)).toEqual(finding)
})

test('finds nothing where none was sent', () => {
  expect(credential.check(withAuthorization(), undefined)).toEqual({ state: 'absent' })
})
