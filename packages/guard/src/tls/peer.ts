/** The certificate a client proved to hold, read from its connection once. */
import { X509Certificate } from 'node:crypto'
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'
import type { ClientCertificate } from '../request.ts'
import { type CertificateFields, readCertificateFields } from './subject.ts'
import { parseSubjectAlternativeNames } from './subject-alternative-names.ts'

/** Reading a chain costs a tenth of a millisecond: once for each connection, not for each request. */
const seen = new WeakMap<TLSSocket, ClientCertificate | false>()

/** Undefined when the client sent no certificate. */
export function readClientCertificate(socket: TLSSocket): ClientCertificate | undefined {
  const known = seen.get(socket)
  if (known !== undefined) return known === false ? undefined : known
  const peer = socket.getPeerCertificate(true)
  // Node answers an empty object, or null after the connection has ended, where there is no certificate.
  const certificate = peer && Object.keys(peer).length > 0 ? describe(peer, socket.authorized) : undefined
  seen.set(socket, certificate ?? false)
  return certificate
}

function describe(peer: DetailedPeerCertificate, verified: boolean): ClientCertificate {
  const issuers = verified ? issuersOf(peer) : []
  const fields = fieldsOf(peer.raw)
  return {
    verified,
    issuers: issuers.map((issuer) => fingerprintText(issuer.fingerprint256)),
    serialNumbers: [fields, ...issuers.slice(0, -1).map(({ raw }) => fieldsOf(raw))].map(({ serialNumber }) => serialNumber),
    subjectAlternativeNames: parseSubjectAlternativeNames(peer.subjectaltname),
    ...fields.subject,
    // A chain lives no longer than the first of its certificates to end.
    notBefore: Math.max(Date.parse(peer.valid_from), ...issuers.map((issuer) => Date.parse(issuer.validFrom))),
    notAfter: Math.min(Date.parse(peer.valid_to), ...issuers.map((issuer) => Date.parse(issuer.validTo))),
  }
}

/** What cannot be read is nobody's, and has no number that a list could hold. */
function fieldsOf(der: Buffer): Pick<CertificateFields, 'serialNumber' | 'subject'> {
  try {
    return readCertificateFields(der)
  } catch {
    return { serialNumber: '', subject: { commonNames: [], organizations: [] } }
  }
}

/**
 * The chain above the leaf; a root is its own issuer and ends the walk. Node completes it from the listener's authorities on resumption.
 * Node links certificates by name, and the peer sends what it likes: an authority that only shares its name with the true issuer
 * would be shown above it, and so would an ordinary certificate for the true issuer's key. A link counts where the one above may
 * issue certificates, is named as the issuer of the one below, and its key made the signature.
 */
function issuersOf(peer: DetailedPeerCertificate): X509Certificate[] {
  const issuers: X509Certificate[] = []
  try {
    let below = new X509Certificate(peer.raw)
    for (let link: DetailedPeerCertificate | undefined = peer.issuerCertificate; link; link = link.issuerCertificate) {
      const issuer = new X509Certificate(link.raw)
      const isKnown = issuers.some(({ fingerprint256 }) => fingerprint256 === issuer.fingerprint256)
      if (isKnown || !issuer.ca || !below.checkIssued(issuer) || !below.verify(issuer.publicKey)) break
      issuers.push(issuer)
      below = issuer
    }
  } catch {
    // A certificate or key of a kind that cannot be read proves no link; those below it stand.
  }
  return issuers
}

/** `AB:CD…` as Node prints it, `abcd…` as this house compares it. */
export const fingerprintText = (fingerprint: string): string => fingerprint.replaceAll(':', '').toLowerCase()
