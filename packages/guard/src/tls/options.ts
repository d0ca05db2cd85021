/** What a TLS listener needs, read and judged before anything listens: a pair that belongs together, and its last day. */
import { constants, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { TlsOptions } from 'node:tls'
import { policyError } from '../errors.ts'
import { refuseUnknownKeys } from '../known-keys.ts'
import type { FileReader } from '../sources/file.ts'

export interface TlsSettings {
  /** PEM, leaf first, then intermediates. */
  readonly certFile: string
  /** PEM, PKCS#8, PKCS#1 or SEC1, not encrypted. */
  readonly keyFile: string
  /** Default TLSv1.2; older versions are not served. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3'
}

export interface CompiledTls {
  /** To spread into `https.createServer`. */
  readonly options: TlsOptions
  /** End of the leaf's life, milliseconds since the epoch. */
  readonly notAfter: number
  /** Faults that do not keep a listener from starting; for the operator. */
  readonly warnings: readonly string[]
}

export const DEFAULTS = {
  minVersion: 'TLSv1.2',
  handshakeTimeout: 10_000, // milliseconds: a client that says nothing holds a connection no longer
  warnDays: 14, // before the end of a certificate
} as const

/**
 * @throws {PosternError} ERR_POSTERN_POLICY for another version; ERR_POSTERN_FILE for a file that cannot be read; ERR_POSTERN_CERTIFICATE for one that holds no
 * certificate or key, an encrypted key, or a key of another certificate. Paths are relative to `settings`.
 */
export function compileTls(settings: TlsSettings, readFile: FileReader, now: number): CompiledTls {
  refuseUnknownKeys(settings, ['certFile', 'keyFile', 'minVersion'])
  const minVersion = settings.minVersion ?? DEFAULTS.minVersion
  if (minVersion !== 'TLSv1.2' && minVersion !== 'TLSv1.3') {
    throw policyError('ERR_POSTERN_POLICY', `"${String(minVersion)}" is not a version of TLS that is served`, {
      path: ['minVersion'],
      fix: 'Write TLSv1.2 or TLSv1.3.',
    })
  }
  const cert = readFile(settings.certFile, ['certFile'])
  const key = readFile(settings.keyFile, ['keyFile'])
  const leaf = readCertificate(cert.text, settings.certFile, ['certFile'])
  const privateKey = readKey(key.text, settings.keyFile)
  if (!leaf.checkPrivateKey(privateKey)) {
    throw policyError(
      'ERR_POSTERN_CERTIFICATE',
      `the key in "${settings.keyFile}" does not belong to the certificate in "${settings.certFile}"`,
      {
        path: ['keyFile'],
        fix: 'Name the key that the certificate was issued for.',
        source: { file: settings.keyFile },
      },
    )
  }
  return {
    options: {
      cert: cert.text,
      key: key.text,
      minVersion,
      handshakeTimeout: DEFAULTS.handshakeTimeout,
      // A second handshake costs the server more than the client, and no scraper asks for one.
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    },
    notAfter: Date.parse(leaf.validTo),
    warnings: [
      ...(key.readableByOthers ? [`"${settings.keyFile}" can be read by other users of this machine: chmod 600 it`] : []),
      ...lifeWarnings(leaf, settings.certFile, now),
    ],
  }
}

/**
 * The first certificate of a PEM text.
 * @throws {PosternError} ERR_POSTERN_CERTIFICATE when there is none.
 */
export function readCertificate(pem: string, file: string, path: readonly string[]): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (cause) {
    throw policyError('ERR_POSTERN_CERTIFICATE', `"${file}" holds no certificate that can be read`, {
      path,
      fix: 'Give a PEM file that starts with -----BEGIN CERTIFICATE-----.',
      source: { file },
      cause,
    })
  }
}

/**
 * Every certificate of a PEM bundle.
 * @throws {PosternError} ERR_POSTERN_CERTIFICATE when there is none or one is damaged: an empty list of authorities must not
 * come to mean the public ones.
 */
export function readAuthorities(pem: string, file: string, path: readonly string[]): readonly X509Certificate[] {
  // Cut before each begin and not by whole blocks: a block without its end must fail and not be passed over.
  const blocks = pem.split(/(?=-----BEGIN CERTIFICATE-----)/).filter((block) => block.startsWith('-----BEGIN CERTIFICATE-----'))
  return (blocks.length === 0 ? [pem] : blocks).map((block) => readCertificate(block, file, path))
}

function readKey(pem: string, file: string): KeyObject {
  const encrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem)
  try {
    if (!encrypted) return createPrivateKey(pem)
  } catch {
    // OpenSSL's own words name its inner routines and help nobody.
  }
  throw policyError(
    'ERR_POSTERN_CERTIFICATE',
    encrypted ? `the key in "${file}" is encrypted` : `"${file}" holds no private key that can be read`,
    {
      path: ['keyFile'],
      fix: encrypted
        ? 'Decrypt it with: openssl pkey -in KEY -out NEW, and chmod 600 the result.'
        : 'Give a PEM file that starts with -----BEGIN PRIVATE KEY-----.',
      source: { file },
    },
  )
}

function lifeWarnings(leaf: X509Certificate, file: string, now: number): string[] {
  const days = Math.floor((Date.parse(leaf.validTo) - now) / 86_400_000)
  if (Date.parse(leaf.validFrom) > now)
    return [`the certificate in "${file}" is not valid before ${leaf.validFrom}, and scrapers refuse it until then: look at the clocks`]
  if (days < 0) return [`the certificate in "${file}" ended on ${leaf.validTo}, and scrapers refuse it: issue a new one`]
  return days < DEFAULTS.warnDays ? [`the certificate in "${file}" ends on ${leaf.validTo}: issue a new one before`] : []
}
