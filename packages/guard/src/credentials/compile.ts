/** One credential of a policy, from what was written to what checks: the faults of each kind, with their mends. */
import { isRealm } from '../challenge.ts'
import { policyError, withPath } from '../errors.ts'
import { type BcryptHash, parseBcrypt } from '../hashes/bcrypt.ts'
import { parseHtpasswd } from '../hashes/htpasswd.ts'
import { createPasswordChecker } from '../hashes/password-checker.ts'
import { refuseUnknownKeys } from '../known-keys.ts'
import type { FileReader } from '../sources/file.ts'
import { readAuthorities } from '../tls/options.ts'
import { fingerprintText } from '../tls/peer.ts'
import { parseName } from '../tls/subject-alternative-names.ts'
import { createBasicCredential } from './basic.ts'
import { createBearerCredential, digestToken, TOKEN68 } from './bearer.ts'
import { createClientCertificateCredential } from './client-certificate.ts'
import type { Credential } from './finding.ts'
import type { BasicOptions, BearerOptions, ClientCertificateOptions, CredentialOptions, TokenOptions } from './options.ts'

/** What compilation needs of the world; a test gives its own. */
export interface CompilerEnvironment {
  readonly readFile: FileReader
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Milliseconds, monotonic. */
  readonly elapsed: () => number
  readonly randomBytes: (size: number) => Uint8Array
}

export interface CompiledCredential {
  readonly credential: Credential
  readonly clientAuthorities: readonly string[]
  readonly warnings: readonly string[]
}

const DEFAULT_REALM = 'metrics'
/** Shorter ones can be guessed; a token made here has 256 random bits in 47 characters. */
const MIN_TOKEN_LENGTH = 24

export function compileCredential(options: CredentialOptions, environment: CompilerEnvironment): CompiledCredential {
  switch (options.type) {
    case 'basic':
      return compileBasic(options, environment)
    case 'bearer':
      return compileBearer(options)
    case 'client-certificate':
      return compileClientCertificate(options, environment)
    default:
      throw policyError('ERR_POSTERN_POLICY', `"${String((options as { type?: unknown }).type)}" is not a type of credential`, {
        path: ['type'],
        fix: 'Write basic, bearer or client-certificate.',
      })
  }
}

function compileBasic(options: BasicOptions, environment: CompilerEnvironment): CompiledCredential {
  refuseUnknownKeys(options, ['type', 'realm', 'users', 'usersFile'])
  const realm = compileRealm(options.realm)
  const users = new Map<string, readonly BcryptHash[]>()
  for (const [name, hashes] of Object.entries(options.users ?? {})) {
    if (name === '' || name.includes(':')) {
      throw policyError(
        'ERR_POSTERN_POLICY',
        `the user name "${name}" ${name === '' ? 'is empty' : 'holds a colon, where basic authentication ends it'}`,
        {
          path: ['users'],
          fix: 'Use another name.',
        },
      )
    }
    const parsed = withPath(['users', name], () => [hashes].flat().map((hash) => parseBcrypt(hash)))
    if (parsed.length === 0) {
      throw policyError('ERR_POSTERN_POLICY', `the user "${name}" has no hash, and no password could ever be right`, {
        path: ['users', name],
        fix: 'Give the user a hash made with: postern hash; or leave the user out.',
      })
    }
    users.set(name, parsed)
  }
  const warnings: string[] = []
  const { usersFile } = options
  if (usersFile !== undefined) {
    const file = environment.readFile(usersFile, ['usersFile'])
    const read = withPath(['usersFile'], () => parseHtpasswd(file.text, usersFile))
    for (const [name, hashes] of read) users.set(name, [...(users.get(name) ?? []), ...hashes])
    if (file.readableByOthers) warnings.push(`"${usersFile}" can be read by other users of this machine: chmod 600 it`)
  }
  if (users.size === 0) {
    throw policyError('ERR_POSTERN_POLICY', 'this credential names no user', {
      path: ['users'],
      fix: 'Name one, inline or in a file; make a hash with: postern hash',
    })
  }
  const passwords = createPasswordChecker({ users, key: environment.randomBytes(32), now: environment.elapsed })
  return { credential: createBasicCredential(realm, passwords), clientAuthorities: [], warnings }
}

function compileBearer(options: BearerOptions): CompiledCredential {
  refuseUnknownKeys(options, ['type', 'realm', 'tokens'])
  const realm = compileRealm(options.realm)
  const tokens = new Map<string, string>()
  for (const [index, token] of (options.tokens ?? []).entries()) {
    const digest = withPath(['tokens', index], () => compileToken(token))
    if (tokens.has(digest)) {
      throw policyError('ERR_POSTERN_TOKEN', `the token of "${token.name}" is also the token of "${tokens.get(digest)}"`, {
        path: ['tokens', index],
        fix: 'Give each name a token of its own, so that events tell them apart.',
      })
    }
    tokens.set(digest, token.name)
  }
  if (tokens.size === 0) {
    throw policyError('ERR_POSTERN_POLICY', 'this credential names no token', { path: ['tokens'], fix: 'List one as { name, sha256 }.' })
  }
  return { credential: createBearerCredential(realm, tokens), clientAuthorities: [], warnings: [] }
}

function compileToken(token: TokenOptions): string {
  if (typeof token.name !== 'string' || token.name === '') {
    throw policyError('ERR_POSTERN_TOKEN', 'this token has no name', {
      path: ['name'],
      fix: 'Name who holds it: the name appears in events.',
    })
  }
  if ('sha256' in token) {
    if (typeof token.sha256 === 'string' && /^[0-9a-f]{64}$/i.test(token.sha256)) return token.sha256.toLowerCase()
    throw policyError('ERR_POSTERN_TOKEN', `the digest of "${token.name}" is not 64 hexadecimal digits`, {
      path: ['sha256'],
      fix: 'Write the SHA-256 of the token, as printed by: sha256sum FILE, where FILE has no line end.',
    })
  }
  if (token.token === undefined) {
    throw policyError('ERR_POSTERN_TOKEN', `the token of "${token.name}" is missing`, {
      path: ['token'],
      fix: 'Give it, or its digest as sha256; an environment variable that is not set is undefined.',
    })
  }
  if (typeof token.token === 'string' && token.token.length >= MIN_TOKEN_LENGTH && TOKEN68.test(token.token))
    return digestToken(token.token)
  throw policyError(
    'ERR_POSTERN_TOKEN',
    `the token of "${token.name}" is shorter than ${MIN_TOKEN_LENGTH} characters or holds one that RFC 6750 does not allow`,
    {
      path: ['token'],
      fix: 'Make one with: openssl rand -hex 32',
    },
  )
}

function compileClientCertificate(options: ClientCertificateOptions, environment: CompilerEnvironment): CompiledCredential {
  refuseUnknownKeys(options, ['type', 'ca', 'caFile', 'names'])
  const pem = options.ca ?? (options.caFile === undefined ? undefined : environment.readFile(options.caFile, ['caFile']).text)
  if (pem === undefined) {
    throw policyError('ERR_POSTERN_CERTIFICATE', 'this credential names no authority, and any public one would do', {
      path: ['caFile'],
      fix: 'Name the PEM file of the authority that issues your client certificates.',
    })
  }
  const authorities = readAuthorities(pem, options.caFile ?? 'ca', [options.ca === undefined ? 'caFile' : 'ca'])
  const names = (options.names ?? []).map((text, index) => {
    const name = parseName(text)
    if (name) return name
    throw policyError('ERR_POSTERN_POLICY', `"${text}" is not a name that a certificate carries`, {
      path: ['names', index],
      fix: 'Write a DNS name, an address, an e-mail address or a URI; wildcards are not names.',
    })
  })
  if (names.length === 0) {
    throw policyError('ERR_POSTERN_POLICY', 'this credential lists no name, and every certificate of the authority would do', {
      path: ['names'],
      fix: 'List the subject alternative names of your scrapers.',
    })
  }
  const fingerprints = new Set(authorities.map((authority) => fingerprintText(authority.fingerprint256)))
  return {
    credential: createClientCertificateCredential({ authorities: fingerprints, names, now: environment.now }),
    clientAuthorities: authorities.map((authority) => authority.toString()),
    warnings: [],
  }
}

function compileRealm(realm: string | undefined): string {
  if (realm === undefined) return DEFAULT_REALM
  if (typeof realm === 'string' && isRealm(realm)) return realm
  throw policyError(
    'ERR_POSTERN_POLICY',
    'the realm is empty, longer than 64 characters, or holds a quote, a backslash or a character beyond ASCII',
    {
      path: ['realm'],
      fix: `Write a short name like ${DEFAULT_REALM}.`,
    },
  )
}
