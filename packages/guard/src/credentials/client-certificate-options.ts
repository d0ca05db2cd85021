/** Client certificates as a policy writes them, and their compilation. */
import { policyError } from '../errors.ts'
import { refuseUnknownKeys } from '../known-keys.ts'
import { compileName } from '../part-name.ts'
import { readAuthorities } from '../tls/options.ts'
import { fingerprintText } from '../tls/peer.ts'
import { parseName } from '../tls/subject-alternative-names.ts'
import { createClientCertificateCredential } from './client-certificate.ts'
import type { CompiledCredential, CompilerEnvironment } from './compiled.ts'

export interface ClientCertificateOptions {
  readonly type: 'client-certificate'
  /** What rules call it, and events. Default: its type. */
  readonly name?: string
  /** PEM of the authorities whose certificates count; never the public ones. */
  readonly ca?: string
  /** A PEM file, instead of `ca`. */
  readonly caFile?: string
  /** Subject alternative names, any one of which the certificate must carry exactly. */
  readonly names: readonly string[]
}

/** @throws {PosternError} for the first fault: ERR_POSTERN_POLICY, ERR_POSTERN_CERTIFICATE or ERR_POSTERN_FILE. */
export function compileClientCertificate(options: ClientCertificateOptions, environment: CompilerEnvironment): CompiledCredential {
  refuseUnknownKeys(options, ['type', 'name', 'ca', 'caFile', 'names'])
  const name = compileName(options.name, 'credential', options.type)
  const pem = options.ca ?? (options.caFile === undefined ? undefined : environment.readFile(options.caFile, ['caFile']).text)
  if (pem === undefined) {
    throw policyError('ERR_POSTERN_CERTIFICATE', 'this credential names no authority, and any public one would do', {
      path: ['caFile'],
      fix: 'Name the PEM file of the authority that issues your client certificates.',
    })
  }
  const authorities = readAuthorities(pem, options.caFile ?? 'ca', [options.ca === undefined ? 'caFile' : 'ca'])
  const names = (options.names ?? []).map((text, index) => {
    const parsed = parseName(text)
    if (parsed) return parsed
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
    credential: createClientCertificateCredential({ name, authorities: fingerprints, names, now: environment.now }),
    clientAuthorities: authorities.map((authority) => authority.toString()),
    warnings: [],
  }
}
