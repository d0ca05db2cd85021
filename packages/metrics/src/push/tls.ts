/** The TLS of a pusher: whom it trusts and how it shows who it is, read and judged before anything is pushed. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'

/** The contents of a PEM file, as text or as read. */
export type Pem = string | Uint8Array

/** The gateway's certificate is always verified: there is no way to turn that off, only other authorities to trust. */
export interface PushTls {
  /** The authorities to trust in the place of the public ones, one or more certificates. */
  readonly ca?: Pem | readonly Pem[]
  /** The certificate to show to the gateway: leaf first, then intermediates. Goes with `key`. */
  readonly cert?: Pem
  /** Not encrypted. Goes with `cert`. */
  readonly key?: Pem
  /** The name to ask for and to find in the certificate, when it is not the host of the URL. */
  readonly servername?: string
}

/** @throws {TypeError} when a part holds no certificate or key, one of the pair is missing, or they do not belong together. */
export function compileTls({ ca, cert, key }: PushTls): SecureContext {
  return createSecureContext({
    // Said here because a flag of the command line can lower the default of the process.
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca: readAuthorities([ca].flat()) }),
    ...(cert === undefined && key === undefined ? {} : readPair(cert, key)),
  })
}

function readPair(cert: Pem | undefined, key: Pem | undefined): { cert: string; key: string } {
  if (cert === undefined || key === undefined) {
    const found = cert === undefined ? 'key without cert' : 'cert without key'
    throw new TypeError(`target.tls has ${found}, and neither proves anything alone. Write both or none.`)
  }
  const pair = { cert: textOf(cert), key: textOf(key) }
  if (!readCertificate(pair.cert, 'cert').checkPrivateKey(readKey(pair.key))) {
    throw new TypeError('target.tls.key does not belong to target.tls.cert. Give the key that the certificate was issued for.')
  }
  return pair
}

/** OpenSSL passes over what it cannot read, and takes an empty list for the public authorities: more trust than was asked for. */
function readAuthorities(pems: readonly Pem[]): string[] {
  if (pems.length === 0) {
    throw new TypeError(
      'target.tls.ca is empty, so that no gateway could be trusted. Give a PEM text, or leave it out for the public authorities.',
    )
  }
  return pems.flatMap((pem) => {
    const text = textOf(pem)
    // Cut before each begin and not by whole blocks: a block without its end must fail and not be passed over.
    const blocks = text.split(/(?=-----BEGIN CERTIFICATE-----)/).filter((block) => block.startsWith('-----BEGIN CERTIFICATE-----'))
    return (blocks.length === 0 ? [text] : blocks).map((block) => readCertificate(block, 'ca').toString())
  })
}

const textOf = (pem: Pem): string => (typeof pem === 'string' ? pem : Buffer.from(pem).toString('utf8'))

function readCertificate(pem: string, name: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (cause) {
    throw new TypeError(
      `target.tls.${name} holds no certificate that can be read. Give a PEM text that starts with -----BEGIN CERTIFICATE-----.`,
      {
        cause,
      },
    )
  }
}

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch (cause) {
    throw new TypeError(
      'target.tls.key holds no private key that can be read. Give a PEM text that starts with -----BEGIN PRIVATE KEY-----, not encrypted.',
      { cause },
    )
  }
}
