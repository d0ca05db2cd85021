/** Client certificates as a policy writes them, and their compilation. */
import type { X509Certificate } from 'node:crypto'
import { policyError } from '../errors.ts'
import { refuseUnknownKeys } from '../options/known-keys.ts'
import { compileName } from '../options/part-name.ts'
import { type NamePattern, parseNamePattern } from '../tls/name-patterns.ts'
import { readAuthorities } from '../tls/options.ts'
import { fingerprintText } from '../tls/peer.ts'
import { readRevocationLists } from '../tls/revocation-list.ts'
import { createClientCertificateCredential } from './client-certificate.ts'
import type { CompiledCredential, CompilerEnvironment } from './compiled.ts'
import { createRevocation, type ExpiredList, type Revocation } from './revocation.ts'

export interface ClientCertificateOptions {
  readonly type: 'client-certificate'
  /** What rules call it, and events. Default: its type. */
  readonly name?: string
  /** PEM of the authorities whose certificates count; never the public ones. */
  readonly ca?: string
  /** A PEM file or several, instead of `ca`. */
  readonly caFile?: string | readonly string[]
  /**
   * Subject alternative names, any one of which the certificate must carry: exactly, or by `*.example.com` (one label in the place of
   * the star) or `spiffe://domain/ns/monitoring/*` (everything below). `'any'` takes every certificate of the authorities.
   */
  readonly names: readonly string[] | 'any'
  /**
   * What the principal is called: the name of `names` that the certificate carries (its first name where they are `'any'`), or its
   * common name. Its groups are its organisations. Default `name`.
   */
  readonly principal?: 'name' | 'cn'
  /** Revocation lists, PEM or DER, one file or several: one list for each authority. Left out: nothing is known of revoked certificates. */
  readonly crlFile?: string | readonly string[]
  /** What becomes of certificates whose authority's list is past its day. Default `refuse`; both are told as warnings. */
  readonly expiredCrl?: ExpiredList
}

const OPTIONS = ['type', 'name', 'ca', 'caFile', 'names', 'principal', 'crlFile', 'expiredCrl']

/** @throws {PosternError} for the first fault: ERR_POSTERN_POLICY, ERR_POSTERN_CERTIFICATE or ERR_POSTERN_FILE. */
export function compileClientCertificate(options: ClientCertificateOptions, environment: CompilerEnvironment): CompiledCredential {
  refuseUnknownKeys(options, OPTIONS)
  const name = compileName(options.name, 'credential', options.type)
  const authorities = compileAuthorities(options, environment)
  const names = compileNames(options.names)
  const { principal = 'name', expiredCrl = 'refuse' } = options
  refuseOtherWords('principal', principal, ['name', 'cn'])
  refuseOtherWords('expiredCrl', expiredCrl, ['refuse', 'warn'])
  const revocation = compileRevocation(options, expiredCrl, authorities, environment)
  const fingerprints = new Set(authorities.map((authority) => fingerprintText(authority.fingerprint256)))
  return {
    credential: createClientCertificateCredential({
      name,
      authorities: fingerprints,
      names,
      principal,
      revocation,
      now: environment.now,
    }),
    clientAuthorities: authorities.map((authority) => authority.toString()),
    warnings: revocation?.warnings ?? [],
  }
}

function compileAuthorities({ ca, caFile }: ClientCertificateOptions, environment: CompilerEnvironment): readonly X509Certificate[] {
  if (ca !== undefined) return readAuthorities(ca, 'ca', ['ca'])
  const files = listFiles(caFile, 'caFile')
  if (files.length > 0) {
    return files.flatMap(({ file, path }) => readAuthorities(environment.readFile(file, path).text, file, path))
  }
  throw policyError('ERR_POSTERN_CERTIFICATE', 'this credential names no authority, and any public one would do', {
    path: ['caFile'],
    fix: 'Name the PEM file of the authority that issues your client certificates.',
  })
}

interface NamedFile {
  readonly file: string
  readonly path: readonly (string | number)[]
}

/** One file has the path of its option, one of a list its place there. */
function listFiles(files: string | readonly string[] | undefined, option: string): readonly NamedFile[] {
  if (files === undefined) return []
  return typeof files === 'string' ? [{ file: files, path: [option] }] : files.map((file, index) => ({ file, path: [option, index] }))
}

function compileNames(names: ClientCertificateOptions['names'] | undefined): readonly NamePattern[] | 'any' {
  if (names === 'any') return names
  if (!Array.isArray(names) || names.length === 0) {
    throw policyError('ERR_POSTERN_POLICY', 'this credential lists no name, and every certificate of the authority would do', {
      path: ['names'],
      fix: "List the subject alternative names of your scrapers, or write 'any'.",
    })
  }
  return names.map((text: string, index) => {
    const pattern = parseNamePattern(text)
    if (pattern) return pattern
    throw policyError('ERR_POSTERN_POLICY', `"${text}" is not a name that a certificate carries`, {
      path: ['names', index],
      fix: 'Write a DNS name, an address, an e-mail address or a URI; a star stands for a first label (*.example.com) or a last path (spiffe://x/ns/*).',
    })
  })
}

function refuseOtherWords(option: string, word: string, words: readonly string[]): void {
  if (words.includes(word)) return
  throw policyError('ERR_POSTERN_POLICY', `${JSON.stringify(word)} is not a choice here`, {
    path: [option],
    fix: `Write ${words.join(' or ')}.`,
  })
}

function compileRevocation(
  { crlFile }: ClientCertificateOptions,
  expired: ExpiredList,
  authorities: readonly X509Certificate[],
  { readFile, now, tell }: CompilerEnvironment,
): Revocation | undefined {
  if (crlFile === undefined) return undefined
  const lists = listFiles(crlFile, 'crlFile').flatMap(({ file, path }) =>
    readRevocationLists(readFile(file, path), file, path, authorities),
  )
  const without = authorities.find(({ fingerprint256 }) => !lists.some(({ authority }) => authority.fingerprint256 === fingerprint256))
  if (without) {
    throw policyError(
      'ERR_POSTERN_CERTIFICATE',
      `there is no revocation list of ${JSON.stringify(without.subject)}, and nothing could be said of its certificates`,
      { path: ['crlFile'], fix: 'Name its list too, or leave the authority out.' },
    )
  }
  return createRevocation(lists, expired, now(), (message) => tell({ type: 'warning', message }))
}
