/**
 * A small certificate authority: ECDSA P-256 and SHA-256 throughout, keys as unencrypted PKCS#8, every extension that
 * `openssl verify -x509_strict`, Go and Python ask for. Subjects are for people: clients and the guard read alternative names only.
 */
// The library registers its parts through decorators, and this must have run before it is loaded.
import 'reflect-metadata'
import { randomBytes, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { SCRAPER } from '../generate/model.ts'
import type { RandomBytes } from './options.ts'

/** A certificate and the key that belongs to it, both PEM. `key` is a secret. */
export interface IssuedCertificate {
  readonly certificate: string
  readonly key: string
  readonly notAfter: Date
}

export interface IssueOptions {
  readonly lifeDays?: number
  readonly now?: () => Date
  readonly random?: RandomBytes
}

/** What a leaf is for decides its extended key usage, and a certificate never serves for both. */
export type CertificateRequest = IssueOptions &
  (
    | { readonly kind: 'server' /** DNS names and IP addresses, as clients dial them. */; readonly hosts: readonly string[] }
    | { readonly kind: 'client' /** DNS names, as a policy lists them. */; readonly names: readonly string[] }
  )

export const CERTIFICATE_DEFAULTS = {
  authorityDays: 3650,
  leafDays: 90,
  backdateSeconds: 60, // for clocks that are a little behind
} as const

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' } as const
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' } as const
const DAY = 86_400_000

/** Makes an authority that may sign leaves and nothing below them. */
export async function issueAuthority(options: IssueOptions = {}): Promise<IssuedCertificate> {
  const keys = await webcrypto.subtle.generateKey(CURVE, true, ['sign', 'verify'])
  const random = options.random ?? randomBytes
  // Two authorities must not share a name: a chain is found by it, also in a file that holds an old one and a new one.
  const name = [{ CN: [`Postern authority ${toHex(random(4))}`] }]
  const validity = validityOf(options, CERTIFICATE_DEFAULTS.authorityDays)
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: createSerial(random),
      subject: name,
      issuer: name,
      ...validity,
      publicKey: keys.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: SIGNATURE,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  )
  return { certificate: toPem(certificate), key: await exportKey(keys.privateKey), notAfter: validity.notAfter }
}

/**
 * Makes a key and a certificate for it under `authority`. The certificate never outlives its authority.
 * @throws {TypeError} when no host or name is given.
 */
export async function issueCertificate(
  authority: Pick<IssuedCertificate, 'certificate' | 'key'>,
  request: CertificateRequest,
): Promise<IssuedCertificate> {
  const names = request.kind === 'server' ? request.hosts : request.names
  if (names.length === 0) throw new TypeError('a certificate needs at least one name or address')
  const issuer = new X509Certificate(authority.certificate)
  const signingKey = await webcrypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(authority.key), CURVE, false, ['sign'])
  const keys = await webcrypto.subtle.generateKey(CURVE, true, ['sign', 'verify'])
  const asked = validityOf(request, CERTIFICATE_DEFAULTS.leafDays)
  const notAfter = asked.notAfter < issuer.notAfter ? asked.notAfter : issuer.notAfter
  const extensions: Extension[] = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([request.kind === 'server' ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth]),
    new SubjectAlternativeNameExtension(names.map((name) => ({ type: isIP(name) === 0 ? 'dns' : 'ip', value: name }))),
    await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
    await AuthorityKeyIdentifierExtension.create(issuer.publicKey, false, webcrypto),
  ]
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: createSerial(request.random ?? randomBytes),
      subject: [{ CN: [request.kind === 'server' ? 'Postern gateway' : SCRAPER] }],
      issuer: issuer.subjectName.toJSON(),
      notBefore: asked.notBefore,
      notAfter,
      publicKey: keys.publicKey,
      signingKey,
      signingAlgorithm: SIGNATURE,
      extensions,
    },
    webcrypto,
  )
  return { certificate: toPem(certificate), key: await exportKey(keys.privateKey), notAfter }
}

/** X.509 counts whole seconds. */
function validityOf(options: IssueOptions, defaultDays: number): { readonly notBefore: Date; readonly notAfter: Date } {
  const now = Math.floor((options.now?.() ?? new Date()).getTime() / 1000) * 1000
  return {
    notBefore: new Date(now - CERTIFICATE_DEFAULTS.backdateSeconds * 1000),
    notAfter: new Date(now + (options.lifeDays ?? defaultDays) * DAY),
  }
}

/** 128 random bits behind an octet that keeps the number positive and its DER the shortest: 17 of the 20 octets of RFC 5280, 4.1.2.2. */
function createSerial(random: RandomBytes): string {
  return `01${toHex(random(16))}`
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function toPem(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`
}
