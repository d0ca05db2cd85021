/** What the user writes, compiled once: every fault of it is found here, and nothing after this can fail on configuration. */

import { type AddressList, type AddressOptions, compileAddresses } from './addresses.ts'
import { type CompilerEnvironment, compileCredential } from './credentials/compile.ts'
import type { Credential } from './credentials/finding.ts'
import type { CredentialOptions } from './credentials/options.ts'
import { policyError, withPath } from './errors.ts'
import { refuseUnknownKeys } from './known-keys.ts'

export interface GuardOptions {
  /** Any one of these is enough. Left out or empty is an error; `'none'` says that everyone at an allowed address may read. */
  readonly credentials: readonly CredentialOptions[] | 'none'
  /** Judged before any credential. */
  readonly addresses?: AddressOptions
}

export interface Policy {
  readonly addresses: AddressList
  readonly credentials: readonly Credential[] | 'none'
  /** WWW-Authenticate lines, in the order of the credentials, each once. */
  readonly challenges: readonly string[]
  /** Authorities for the listener to verify client certificates against, PEM; empty when the policy takes none. */
  readonly clientAuthorities: readonly string[]
  readonly warnings: readonly string[]
}

/**
 * @throws {PosternError} with the code of the fault and its path in `options`: ERR_POSTERN_POLICY, ERR_POSTERN_CIDR,
 * ERR_POSTERN_HASH, ERR_POSTERN_TOKEN, ERR_POSTERN_CERTIFICATE or ERR_POSTERN_FILE.
 */
export function compilePolicy(options: GuardOptions, environment: CompilerEnvironment): Policy {
  refuseUnknownKeys(options, ['credentials', 'addresses'])
  const addresses = withPath(['addresses'], () => {
    refuseUnknownKeys(options.addresses ?? {}, ['allow', 'deny'])
    return compileAddresses(options.addresses)
  })
  if (options.credentials === 'none') return { addresses, credentials: 'none', challenges: [], clientAuthorities: [], warnings: [] }
  if (!Array.isArray(options.credentials) || options.credentials.length === 0) {
    throw policyError('ERR_POSTERN_POLICY', 'the policy names no credential, so that nobody could ever be proven', {
      path: ['credentials'],
      fix: "List one of type basic, bearer or client-certificate; or write 'none' to let everyone at an allowed address read.",
    })
  }
  const compiled = options.credentials.map((credential, index) =>
    withPath(['credentials', index], () => compileCredential(credential, environment)),
  )
  const challenges = compiled.flatMap(({ credential }) => credential.challenge ?? [])
  return {
    addresses,
    credentials: compiled.map(({ credential }) => credential),
    challenges: [...new Set(challenges)],
    clientAuthorities: compiled.flatMap(({ clientAuthorities }) => clientAuthorities),
    warnings: compiled.flatMap(({ warnings }) => warnings),
  }
}
