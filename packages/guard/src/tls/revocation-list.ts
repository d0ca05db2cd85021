/**
 * Certificate revocation lists (RFC 5280, 5), read and verified once, asked for every request: a certificate that is revoked is refused
 * also on a connection that was open before.
 * OpenSSL could judge them in the handshake, but then wants a list of every authority that the listener knows, and its word for one that
 * is past its day hides whatever else is wrong with the chain.
 */
import { verify, type X509Certificate } from 'node:crypto'
import { policyError } from '../errors.ts'
import type { SourceFile } from '../sources/file.ts'
import { type DerValue, integerText, readTime, readValues, TAG } from './der.ts'
import { readCertificateFields } from './subject.ts'

export interface RevocationList {
  readonly authority: X509Certificate
  readonly file: string
  /** Serial numbers, as `readCertificateFields` has them. */
  readonly revoked: ReadonlySet<string>
  /** The days it speaks for, milliseconds since the epoch; `nextUpdate` is Infinity where it does not say. */
  readonly thisUpdate: number
  readonly nextUpdate: number
}

/**
 * Every list of a file, PEM or DER, each signed by one of `authorities`.
 * @throws {PosternError} ERR_POSTERN_CERTIFICATE for a file without a list, and for a list that is damaged, of another authority, signed
 * in a way that is not known, or partial: what is in no list would count as good.
 */
export function readRevocationLists(
  source: SourceFile,
  file: string,
  path: readonly (string | number)[],
  authorities: readonly X509Certificate[],
): readonly RevocationList[] {
  return blocksOf(source).map((der) => {
    try {
      return { ...readList(der, authorities), file }
    } catch (cause) {
      const { why, fix } = cause instanceof ListFault ? cause : DAMAGED
      throw policyError('ERR_POSTERN_CERTIFICATE', `"${file}" ${why}`, { path, fix, source: { file } })
    }
  })
}

/** A file that is neither has one block, which is no list. */
function blocksOf({ text, bytes }: SourceFile): readonly Buffer[] {
  const parts = text.split('-----BEGIN X509 CRL-----').slice(1)
  if (parts.length === 0) return [Buffer.from(bytes ?? [])]
  // Base64 ends where the line of the end begins; a block that was cut off decodes to what is too short.
  return parts.map((part) => Buffer.from(part.replace(/-.*/s, ''), 'base64'))
}

class ListFault extends Error {
  readonly why: string
  readonly fix: string
  constructor(why: string, fix: string) {
    super(why)
    this.why = why
    this.fix = fix
  }
}

const DAMAGED = {
  why: 'holds no revocation list that can be read',
  fix: 'Give a PEM file that starts with -----BEGIN X509 CRL-----, or its DER.',
}

type Signed = readonly [body: DerValue, algorithm: DerValue, signature: DerValue]

function readList(der: Buffer, authorities: readonly X509Certificate[]): Omit<RevocationList, 'file'> {
  const [list, beyond] = readValues(der)
  if (list?.tag !== TAG.sequence || beyond !== undefined) throw new RangeError('no list')
  const signed = readValues(list.content)
  if (signed.length !== 3) throw new RangeError('no list')
  const [body, algorithm] = signed as Signed
  const fields = readValues(body.content).filter((field, index) => index > 0 || field.tag !== TAG.integer)
  const [inner, issuer, from, ...rest] = fields
  if (issuer === undefined || from === undefined) throw new RangeError('no list')
  // What is signed says how it is signed: only the copy outside of it could be changed.
  if (!inner?.whole.equals(algorithm.whole)) throw new RangeError('no list')
  const until = isTime(rest[0]) ? rest.shift() : undefined
  const entries = rest[0]?.tag === TAG.sequence ? rest.shift() : undefined
  refuseCritical(rest[0] === undefined ? [] : readValues(rest[0].content).flatMap(({ content }) => readValues(content)))
  const thisUpdate = readTime(from)
  const nextUpdate = until === undefined ? Number.POSITIVE_INFINITY : readTime(until)
  if (Number.isNaN(thisUpdate) || Number.isNaN(nextUpdate)) throw new RangeError('no list')
  return { authority: authorityOf(signed as Signed, issuer, authorities), revoked: readEntries(entries), thisUpdate, nextUpdate }
}

const isTime = (value: DerValue | undefined): boolean => value?.tag === TAG.utcTime || value?.tag === TAG.generalizedTime

function readEntries(entries: DerValue | undefined): ReadonlySet<string> {
  const revoked = new Set<string>()
  for (const entry of entries === undefined ? [] : readValues(entries.content)) {
    const [serial, , extensions] = readValues(entry.content)
    if (serial?.tag !== TAG.integer) throw new RangeError('no list')
    if (extensions !== undefined) refuseCritical(readValues(extensions.content))
    revoked.add(integerText(serial))
  }
  return revoked
}

/** What is critical changes what a list means: that it holds a part only, or certificates of others, or changes to another list. */
function refuseCritical(extensions: readonly DerValue[]): void {
  for (const extension of extensions) {
    const [, critical] = readValues(extension.content)
    if (critical?.tag === TAG.boolean && critical.content[0] !== 0) {
      throw new ListFault(
        'holds a revocation list that is partial, indirect or a change to another',
        'Give the whole list of the authority.',
      )
    }
  }
}

/** Hash by object identifier of the signature; undefined names the scheme's own. */
const SIGNATURES: ReadonlyMap<string, string | undefined> = new Map([
  ['2a864886f70d01010b', 'sha256'],
  ['2a864886f70d01010c', 'sha384'],
  ['2a864886f70d01010d', 'sha512'],
  ['2a8648ce3d040302', 'sha256'],
  ['2a8648ce3d040303', 'sha384'],
  ['2a8648ce3d040304', 'sha512'],
  ['2b6570', undefined],
  ['2b6571', undefined],
])

function authorityOf([body, algorithm, signature]: Signed, issuer: DerValue, authorities: readonly X509Certificate[]): X509Certificate {
  const identifier = String(readValues(algorithm.content)[0]?.content.toString('hex'))
  if (!SIGNATURES.has(identifier)) {
    throw new ListFault(
      'holds a revocation list that is signed in a way that is not read here',
      'Let the authority sign it with ECDSA, RSA (PKCS #1) or Ed25519, and SHA-256 or better.',
    )
  }
  const name = issuer.whole.toString('hex')
  const signer = authorities.find(
    (authority) =>
      readCertificateFields(authority.raw).subjectName === name && isSignedBy(authority, SIGNATURES.get(identifier), body, signature),
  )
  if (signer) return signer
  throw new ListFault(
    'holds a revocation list that none of the authorities of this credential signed',
    'Give the lists of those in caFile; the list of an intermediate authority needs its certificate there too.',
  )
}

function isSignedBy(authority: X509Certificate, hash: string | undefined, body: DerValue, signature: DerValue): boolean {
  try {
    // The first octet of a BIT STRING counts the bits that its last one lacks: none, for a signature.
    return verify(hash, body.whole, authority.publicKey, signature.content.subarray(1))
  } catch {
    // A key of another kind than the signature.
    return false
  }
}
