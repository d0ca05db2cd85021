/** A client certificate: verified by the TLS layer, issued under the policy's own authority, in its days, not revoked, and of a name that is meant. */
import type { Principal } from '../decision.ts'
import type { ClientCertificate } from '../request.ts'
import type { NamePattern } from '../tls/name-patterns.ts'
import { isShowable } from '../tls/subject.ts'
import { ABSENT, BAD, type Credential } from './finding.ts'
import type { Revocation } from './revocation.ts'

export interface ClientCertificateRule {
  readonly name: string
  /** SHA-256 fingerprints of the authorities, lower-case hex. A listener that trusts more (public roots, say) lets nobody in here. */
  readonly authorities: ReadonlySet<string>
  /** One of which a name of the certificate must meet. */
  readonly names: readonly NamePattern[] | 'any'
  /** What the principal is called: the name that was met, or the common name. */
  readonly principal: 'name' | 'cn'
  /** Undefined: nothing is known of revoked certificates. */
  readonly revocation: Revocation | undefined
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

export function createClientCertificateCredential(rule: ClientCertificateRule): Credential {
  return {
    kind: 'client-certificate',
    name: rule.name,
    challenge: undefined,
    check({ clientCertificate }) {
      if (!clientCertificate) return ABSENT
      const { verified, issuers, notBefore, notAfter } = clientCertificate
      const now = rule.now()
      // Written so that a date that cannot be read (NaN) is outside of its days.
      if (!(now >= notBefore && now <= notAfter)) return { state: 'rejected', reason: 'expired_credentials' }
      if (!verified || !issuers.some((issuer) => rule.authorities.has(issuer))) return BAD
      if (rule.revocation?.isGood(clientCertificate, now) === false) return BAD
      const principal = principalOf(rule, clientCertificate)
      return principal ? { state: 'proven', principal } : BAD
    },
  }
}

function principalOf({ names, principal }: ClientCertificateRule, certificate: ClientCertificate): Principal | undefined {
  const met = certificate.subjectAlternativeNames.find((candidate) => names === 'any' || names.some((pattern) => pattern(candidate)))
  const isMeant = names === 'any' || met !== undefined
  // Of several common names each reader picks another: a certificate with two is nobody's.
  const [commonName, ...more] = certificate.commonNames
  const name = principal === 'name' ? met?.value : isMeant && more.length === 0 ? commonName : undefined
  if (name === undefined || !isShowable(name)) return undefined
  const groups = [...new Set(certificate.organizations)]
  return { name, credential: 'client-certificate', ...(groups.length === 0 ? {} : { groups }) }
}
