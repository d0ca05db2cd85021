/**
 * Client certificates asked for by a listener itself, before any request, in the five modes of Go's `ClientAuthType`. A policy of our
 * own takes them as a credential instead; this is for who brings a configuration that has them here.
 * Node ends a connection after the handshake and cannot send the alert that says why: a client sees it end without an answer.
 */
import type { X509Certificate } from 'node:crypto'
import type { Server, TLSSocket } from 'node:tls'
import { policyError } from '../errors.ts'
import { fingerprintText, readClientCertificate } from './peer.ts'
import type { SubjectAlternativeName } from './subject-alternative-names.ts'

/** In Go's words NoClientCert, RequestClientCert, RequireAnyClientCert, VerifyClientCertIfGiven and RequireAndVerifyClientCert. */
export const CLIENT_AUTH_MODES = ['none', 'request', 'require-any', 'verify-if-given', 'require-and-verify'] as const

export type ClientAuthMode = (typeof CLIENT_AUTH_MODES)[number]

export interface ClientAuthSettings {
  readonly mode: ClientAuthMode
  /** Whose certificates count. Empty: nobody's, and never the public ones. */
  readonly authorities: readonly X509Certificate[]
  /** One of which each certificate must carry; an empty list refuses everyone. Left out: any certificate will do. */
  readonly names?: readonly SubjectAlternativeName[]
}

export interface ClientAuth {
  readonly requestCert: boolean
  readonly rejectUnauthorized: boolean
  readonly ca: readonly string[]
  /** Asked once the handshake is over, resumed or not. */
  accepts(socket: TLSSocket): boolean
  readonly warnings: readonly string[]
}

/**
 * @throws {PosternError} ERR_POSTERN_POLICY for a mode that does not exist; ERR_POSTERN_CERTIFICATE for one that verifies and no
 * authority to verify with, unless `lenient`, where it is a warning and a listener that lets nobody in.
 */
export function compileClientAuth(settings: ClientAuthSettings, { lenient = false }: { readonly lenient?: boolean } = {}): ClientAuth {
  const { mode, authorities, names } = settings
  if (!CLIENT_AUTH_MODES.includes(mode)) {
    throw policyError('ERR_POSTERN_POLICY', `"${mode}" is not a way to ask for client certificates`, {
      path: ['mode'],
      fix: `There are ${CLIENT_AUTH_MODES.join(', ')}.`,
    })
  }
  const verifies = mode === 'verify-if-given' || mode === 'require-and-verify'
  const isBlind = verifies && authorities.length === 0
  if (isBlind && !lenient) {
    throw policyError('ERR_POSTERN_CERTIFICATE', 'client certificates are to be verified, and no authority is named', {
      path: ['authorities'],
      fix: 'Name the PEM file of the authority that issues your client certificates.',
    })
  }
  const trusted = new Set(authorities.map(({ fingerprint256 }) => fingerprintText(fingerprint256)))
  const isNamed = (carried: readonly SubjectAlternativeName[]): boolean =>
    names === undefined || carried.some(({ kind, value }) => names.some((name) => name.kind === kind && name.value === value))
  return {
    requestCert: mode !== 'none',
    rejectUnauthorized: mode === 'require-and-verify',
    ca: authorities.map((authority) => authority.toString()),
    accepts(socket) {
      if (mode === 'none') return true
      const certificate = readClientCertificate(socket)
      // Whoever shows none carries none of the names (where exporter-toolkit looked for them, it ended the process: its #436).
      if (!certificate) return (mode === 'request' || mode === 'verify-if-given') && names === undefined
      const { verified, issuers, subjectAlternativeNames } = certificate
      if (verifies && !(verified && issuers.some((issuer) => trusted.has(issuer)))) return false
      return isNamed(subjectAlternativeNames)
    },
    warnings: isBlind ? ['client certificates are to be verified and no authority is named: every one of them is refused'] : [],
  }
}

/** Ends each connection that `clientAuth` does not accept, before a byte of a request is read. @param server not listening yet */
export function enforceClientAuth(server: Server, clientAuth: () => Pick<ClientAuth, 'accepts'>): void {
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    if (!clientAuth().accepts(socket)) socket.destroy()
  })
}
