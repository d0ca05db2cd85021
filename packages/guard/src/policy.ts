/** What the user writes, compiled once: every fault of it is found here, and nothing after this can fail on configuration. */

import { type CompilerEnvironment, compileCredential } from './credentials/compile.ts'
import type { Credential } from './credentials/finding.ts'
import { policyError, withPath } from './errors.ts'
import { type AddressList, type AddressOptions, compileAddresses } from './net/addresses.ts'

export interface GuardOptions {
  /** Any one of these is enough. Left out or empty is an error; `'none'` says that everyone at an allowed address may read. */
  readonly credentials: readonly CredentialOptions[] | 'none'
  /** Judged before any credential. */
  readonly addresses?: AddressOptions
}

export type CredentialOptions = BasicOptions | BearerOptions | ClientCertificateOptions

export interface BasicOptions {
  readonly type: 'basic'
  /** Shown in the challenge; printable ASCII, at most 64 characters. Default `metrics`. */
  readonly realm?: string
  /** User to bcrypt hash, or to several while one is rotated. */
  readonly users?: Readonly<Record<string, string | readonly string[]>>
  /** An htpasswd file with bcrypt hashes, beside or instead of `users`. */
  readonly usersFile?: string
}

export interface BearerOptions {
  readonly type: 'bearer'
  /** As in {@link BasicOptions}. */
  readonly realm?: string
  readonly tokens: readonly TokenOptions[]
}

export type TokenOptions =
  | {
      /** The principal's name in events. */
      readonly name: string
      /** SHA-256 of the token, 64 hex digits. */
      readonly sha256: string
    }
  | {
      readonly name: string
      /** The token itself, at least 24 characters; only its digest is kept. */
      readonly token: string
    }

export interface ClientCertificateOptions {
  readonly type: 'client-certificate'
  /** PEM of the authorities whose certificates count; never the public ones. */
  readonly ca?: string
  /** A PEM file, instead of `ca`. */
  readonly caFile?: string
  /** Subject alternative names, any one of which the certificate must carry exactly. */
  readonly names: readonly string[]
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
  const addresses = withPath(['addresses'], () => compileAddresses(options.addresses))
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
