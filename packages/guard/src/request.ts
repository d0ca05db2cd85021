/** The transport-neutral facts of one request: all that `decide` may know. Adapters fill it, nobody else reads a socket. */
import type { Address } from './net/address.ts'
import type { Target } from './target.ts'
import type { SubjectAlternativeName } from './tls/subject-alternative-names.ts'

export interface RequestFacts {
  /** The peer's address; undefined for one that has none (a unix socket) or whose nobody knows: no network holds it. */
  readonly address: Address | undefined
  /** True for a peer on a unix socket of this machine. Left out: it is none. */
  readonly unixSocket?: boolean
  readonly method: string
  /** Undefined when the target as sent could be read as two different paths: refused before anything else looks at it. */
  readonly target: Target | undefined
  /** Every Authorization header value, in order: more than one is ambiguous and refused. */
  readonly authorization: readonly string[]
  /** Every value of another header, in order; empty when it was not sent. @param name in lower case */
  readonly header: (name: string) => readonly string[]
  /** The certificate the peer proved to hold; undefined when it sent none or the connection is not TLS. */
  readonly clientCertificate: ClientCertificate | undefined
}

/** Facts of one connection, read once when it is first used. */
export interface ClientCertificate {
  /** True only when the TLS layer verified the chain against the listener's own client authorities. */
  readonly verified: boolean
  /** SHA-256 fingerprints of every issuer in the verified chain, lower-case hex without colons. */
  readonly issuers: readonly string[]
  /** Of the certificate and of each of its issuers but the last, in the order of `issuers`: whoever issued it numbered it so. Lower-case hex. */
  readonly serialNumbers: readonly string[]
  readonly subjectAlternativeNames: readonly SubjectAlternativeName[]
  /** Every CN and every O of the subject, as they stand in the certificate. */
  readonly commonNames: readonly string[]
  readonly organizations: readonly string[]
  /** Validity, milliseconds since the epoch: a kept-alive connection outlives its handshake. */
  readonly notBefore: number
  readonly notAfter: number
}
