/** Password hashes and what is remembered of them, in a policy file. */
import { parseAddress, parseTarget } from '@postern/guard'
import { basic } from '@postern/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatError } from '../../src/commands/report.ts'
import { loadConfig } from '../../src/config/load.ts'
import { HASH, type PolicyFolder, policyFolder } from '../support/policy-folder.ts'

let folder: PolicyFolder
beforeAll(async () => {
  folder = await policyFolder()
})
afterAll(() => folder[Symbol.asyncDispose]())

const SHA1 = '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g='
const policy = (credential: string): string =>
  `listen: [localhost:9843]\nroutes: [{path: /metrics, upstream: "http://127.0.0.1:8080"}]\nguard: {credentials: [${credential}]}\n`
const refusal = (credential: string): string => {
  try {
    loadConfig({ file: folder.policy(policy(credential)) })
  } catch (error) {
    return formatError(error)
  }
  throw new Error('nothing was refused')
}

test('a weak hash works and is warned of, with its user', async () => {
  const { guard } = loadConfig({
    file: folder.policy(policy(`{type: basic, users: {old: "${SHA1}", prom: "${HASH}"}, remember_seconds: 60}`)),
  })
  expect(guard.warnings).toEqual([
    'users: the hash of "old" is an unsalted SHA-1 hash, of which one graphics card tries billions of passwords a second. Write a new one: postern hash --user "old"',
  ])
  const decision = await guard.decide({
    address: parseAddress('10.0.0.1'),
    method: 'GET',
    target: parseTarget('/metrics'),
    authorization: [basic('old', 'password').authorization],
    header: () => [],
    clientCertificate: undefined,
  })
  expect(decision).toMatchObject({ allow: true, principal: { name: 'old' } })
})

describe('refused', () => {
  test.each([
    {
      name: 'a life of what is remembered with a unit',
      credential: `{type: basic, users: {prom: "${HASH}"}, remember_seconds: 5m}`,
      says: 'remember_seconds: "5m" is a text, and a number of seconds is wanted here. Write it like: remember_seconds: 60 (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a life of what is remembered beyond a day',
      credential: `{type: basic, users: {prom: "${HASH}"}, remember_seconds: 86401}`,
      says: 'remember_seconds: 86401 is not a number of seconds from 0 to 86400. Leave it out for 300, or write 0 to hash every password anew. (ERR_POSTERN_POLICY)',
    },
    {
      name: 'a scrypt hash that takes a gibibyte',
      credential: `{type: basic, users: {prom: "$scrypt$ln=20,r=8,p=1$U29kaXVtQ2hsb3JpZGU$AAAAAAAAAAAAAAAAAAAAAA"}}`,
      says: 'users.prom: this is a scrypt hash, and each attempt would take 1024 MiB of memory. Use ln=15,r=8,p=1; at most ln=17,r=8,p=4. (ERR_POSTERN_HASH)',
    },
  ])('$name', ({ credential, says }) => {
    expect(refusal(credential)).toContain(says)
  })
})
