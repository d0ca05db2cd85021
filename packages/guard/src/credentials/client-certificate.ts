/** A client certificate: verified by the TLS layer, issued under the policy's own authority, in its days, and for a listed name. */
import type { SubjectAlternativeName } from '../tls/subject-alternative-names.ts'
import { ABSENT, BAD, type Credential } from './finding.ts'

export interface ClientCertificateRule {
  readonly name: string
  /** SHA-256 fingerprints of the authorities, lower-case hex. A listener that trusts more (public roots, say) lets nobody in here. */
  readonly authorities: ReadonlySet<string>
  readonly names: readonly SubjectAlternativeName[]
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

export function createClientCertificateCredential(rule: ClientCertificateRule): Credential {
  const wanted = new Set(rule.names.map(keyOf))
  return {
    kind: 'client-certificate',
    name: rule.name,
    challenge: undefined,
    check({ clientCertificate }) {
      if (!clientCertificate) return ABSENT
      const { verified, issuers, notBefore, notAfter, subjectAlternativeNames } = clientCertificate
      const now = rule.now()
      // Written so that a date that cannot be read (NaN) is outside of its days.
      if (!(now >= notBefore && now <= notAfter)) return { state: 'rejected', reason: 'expired_credentials' }
      if (!verified || !issuers.some((issuer) => rule.authorities.has(issuer))) return BAD
      const name = subjectAlternativeNames.find((candidate) => wanted.has(keyOf(candidate)))
      return name ? { state: 'proven', principal: { name: name.value, credential: 'client-certificate' } } : BAD
    },
  }
}

const keyOf = (name: SubjectAlternativeName): string => `${name.kind}:${name.value}`
