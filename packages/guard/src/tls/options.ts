/** What a TLS listener needs, read and judged before anything listens: pairs that belong together, and their last day. */
import { constants, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { TlsOptions } from 'node:tls'
import { policyError, withPath } from '../errors.ts'
import { refuseUnknownKeys } from '../options/known-keys.ts'
import type { FileReader, SourceFile } from '../sources/file.ts'
import { compileProtocol, type ProtocolAllowances, type ProtocolSettings } from './protocol.ts'

export interface CertificateSettings {
  /** PEM, leaf first, then intermediates. */
  readonly certFile?: string
  /** PEM, PKCS#8, PKCS#1 or SEC1, not encrypted. */
  readonly keyFile?: string
  /** The text itself, instead of a file. */
  readonly cert?: string
  readonly key?: string
}

export interface TlsSettings extends CertificateSettings, ProtocolSettings {
  /** Further pairs, each for the names in its certificate. The first of all is for clients that name none of them. */
  readonly certificates?: readonly CertificateSettings[]
}

/** A pair that belongs together, PEM. */
export interface ServedCertificate {
  readonly cert: string
  readonly key: string
  readonly leaf: X509Certificate
}

export interface CompiledTls {
  /** To spread into `https.createServer`; with the first pair. */
  readonly options: TlsOptions
  /** At least one, in the order of the settings. */
  readonly certificates: readonly [ServedCertificate, ...ServedCertificate[]]
  /** End of the leaf's life, of several the first to end; milliseconds since the epoch. */
  readonly notAfter: number
  /** Faults that do not keep a listener from starting; for the operator. */
  readonly warnings: readonly string[]
}

export const DEFAULTS = {
  handshakeTimeout: 10_000, // milliseconds: a client that says nothing holds a connection no longer
  warnDays: 14, // before the end of a certificate
} as const

const PAIR = ['certFile', 'keyFile', 'cert', 'key'] as const
const PROTOCOL = ['minVersion', 'maxVersion', 'cipherSuites', 'curves', 'preferServerCipherSuites'] as const

/**
 * @throws {PosternError} ERR_POSTERN_POLICY for a version, suite or curve that is not known; ERR_POSTERN_FILE for a file that cannot be
 * read; ERR_POSTERN_CERTIFICATE for one that holds no certificate or key, an encrypted key, or a key of another certificate. Paths are
 * relative to `settings`.
 */
export function compileTls(settings: TlsSettings, readFile: FileReader, now: number, allowances?: ProtocolAllowances): CompiledTls {
  refuseUnknownKeys(settings, [...PAIR, 'certificates', ...PROTOCOL])
  const protocol = compileProtocol(settings, allowances)
  const { certificates: further = [] } = settings
  if (!Array.isArray(further)) {
    throw policyError('ERR_POSTERN_POLICY', 'this is not a list of certificates', {
      path: ['certificates'],
      fix: 'List pairs of a certificate and its key.',
    })
  }
  const isNamed = PAIR.some((option) => settings[option] !== undefined)
  const pairs = [
    ...(isNamed || further.length === 0 ? [compilePair(settings, readFile, now)] : []),
    ...further.map((pair: CertificateSettings, index) =>
      withPath(['certificates', index], () => {
        refuseUnknownKeys(pair, PAIR)
        return compilePair(pair, readFile, now, ['certificates', index])
      }),
    ),
  ] as [CompiledPair, ...CompiledPair[]]
  refuseOtherKeys(pairs)
  const [{ cert, key }] = pairs
  return {
    options: {
      cert,
      key,
      ...protocol,
      handshakeTimeout: DEFAULTS.handshakeTimeout,
      // A second handshake costs the server more than the client, and no scraper asks for one.
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    },
    certificates: pairs,
    notAfter: Math.min(...pairs.map(({ leaf }) => Date.parse(leaf.validTo))),
    warnings: pairs.flatMap(({ warnings }) => warnings),
  }
}

interface CompiledPair extends ServedCertificate {
  readonly warnings: readonly string[]
  /** Where its key is named, and what kind it is. */
  readonly keyPath: readonly (string | number)[]
  readonly keyKind: string
}

/**
 * Node adds the certificate for a server name to the first one instead of putting it in its place: of two kinds of keys the client would
 * choose, and be shown the first under every name.
 */
function refuseOtherKeys([first, ...further]: readonly [CompiledPair, ...CompiledPair[]]): void {
  const index = further.findIndex(({ keyKind }) => keyKind !== first.keyKind)
  const other = further[index]
  if (other === undefined) return
  throw policyError(
    'ERR_POSTERN_CERTIFICATE',
    `this key is of the kind ${other.keyKind}, and that of the first certificate ${first.keyKind}`,
    {
      path: other.keyPath,
      fix: 'Issue all certificates of a listener for one kind of key: Node cannot show different kinds by server name.',
    },
  )
}

function compilePair(
  settings: CertificateSettings,
  readFile: FileReader,
  now: number,
  place: readonly (string | number)[] = [],
): CompiledPair {
  const cert = readText(settings.cert, settings.certFile, 'cert', readFile)
  const key = readText(settings.key, settings.keyFile, 'key', readFile)
  const leaf = readCertificate(cert.text, cert.file, cert.path)
  const privateKey = readKey(key)
  if (!leaf.checkPrivateKey(privateKey)) {
    throw policyError('ERR_POSTERN_CERTIFICATE', `the key in "${key.file}" does not belong to the certificate in "${cert.file}"`, {
      path: key.path,
      fix: 'Name the key that the certificate was issued for.',
      source: { file: key.file },
    })
  }
  return {
    cert: cert.text,
    key: key.text,
    leaf,
    keyPath: [...place, ...key.path],
    keyKind: String(privateKey.asymmetricKeyType),
    warnings: [
      ...(key.readableByOthers ? [`"${key.file}" can be read by other users of this machine: chmod 600 it`] : []),
      ...lifeWarnings(leaf, cert.file, now),
    ],
  }
}

/** One half of a pair, with what messages call it. */
interface Half extends SourceFile {
  readonly file: string
  readonly path: readonly string[]
}

function readText(text: string | undefined, file: string | undefined, option: 'cert' | 'key', readFile: FileReader): Half {
  const path = [`${option}File`]
  if (file !== undefined) return { ...readFile(file, path), file, path }
  if (text !== undefined) return { text, readableByOthers: false, file: option, path: [option] }
  throw policyError('ERR_POSTERN_CERTIFICATE', `a listener of TLS needs a certificate and its key, and no ${option} is named here`, {
    path,
    fix: 'Name the PEM files of both.',
  })
}

/**
 * The first certificate of a PEM text.
 * @throws {PosternError} ERR_POSTERN_CERTIFICATE when there is none.
 */
export function readCertificate(pem: string, file: string, path: readonly (string | number)[]): X509Certificate {
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
export function readAuthorities(pem: string, file: string, path: readonly (string | number)[]): readonly X509Certificate[] {
  // Cut before each begin and not by whole blocks: a block without its end must fail and not be passed over.
  const blocks = pem.split(/(?=-----BEGIN CERTIFICATE-----)/).filter((block) => block.startsWith('-----BEGIN CERTIFICATE-----'))
  return (blocks.length === 0 ? [pem] : blocks).map((block) => readCertificate(block, file, path))
}

function readKey({ text: pem, file, path }: Half): KeyObject {
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
      path,
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
