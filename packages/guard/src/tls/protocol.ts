/** Versions, cipher suites and curves by the names that Go, Prometheus and exporter-toolkit give them, as Node and OpenSSL take them. */
import type { SecureVersion } from 'node:tls'
import { policyError } from '../errors.ts'

export interface ProtocolSettings {
  /** `TLS12` or `TLS13`. Default TLS12; older versions are not served. */
  readonly minVersion?: string
  /** Default TLS13. */
  readonly maxVersion?: string
  /**
   * Those of TLS 1.2, the dearest first, as Go spells them: `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`. The three of TLS 1.3 are always
   * served with it, listed or not. Left out: the six with authenticated encryption.
   */
  readonly cipherSuites?: readonly string[]
  /** `CurveP256`, `CurveP384`, `CurveP521`, `X25519`, the dearest first. Left out: those of OpenSSL. */
  readonly curves?: readonly string[]
  /** Default true: of the suites that both sides know, the first in the order above. False: the first in the client's. */
  readonly preferServerCipherSuites?: boolean
}

/** What compatibility with exporter-toolkit needs and a policy of our own does not get. */
export interface ProtocolAllowances {
  /** TLS10 and TLS11 may be asked for, and a least version above the greatest: a listener that nobody can speak to. */
  readonly lenient?: boolean
}

/** To spread into the options of a secure context. */
export interface ProtocolOptions {
  readonly minVersion: SecureVersion
  readonly maxVersion: SecureVersion
  readonly ciphers: string
  readonly honorCipherOrder: boolean
  readonly ecdhCurve?: string
}

const OLD_VERSIONS: readonly (readonly [string, SecureVersion])[] = [
  ['TLS10', 'TLSv1'],
  ['TLS11', 'TLSv1.1'],
]
const VERSIONS: readonly (readonly [string, SecureVersion])[] = [
  ['TLS12', 'TLSv1.2'],
  ['TLS13', 'TLSv1.3'],
]

const SUITES_OF_TLS13: readonly string[] = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']

const AUTHENTICATED: readonly (readonly [string, string])[] = ['ECDSA', 'RSA'].flatMap((key) => [
  [`TLS_ECDHE_${key}_WITH_AES_128_GCM_SHA256`, `ECDHE-${key}-AES128-GCM-SHA256`] as const,
  [`TLS_ECDHE_${key}_WITH_AES_256_GCM_SHA384`, `ECDHE-${key}-AES256-GCM-SHA384`] as const,
  [`TLS_ECDHE_${key}_WITH_CHACHA20_POLY1305_SHA256`, `ECDHE-${key}-CHACHA20-POLY1305`] as const,
])
const CHAINED: readonly (readonly [string, string])[] = ['ECDSA', 'RSA'].flatMap((key) => [
  [`TLS_ECDHE_${key}_WITH_AES_128_CBC_SHA`, `ECDHE-${key}-AES128-SHA`] as const,
  [`TLS_ECDHE_${key}_WITH_AES_256_CBC_SHA`, `ECDHE-${key}-AES256-SHA`] as const,
])

const SUITES: ReadonlyMap<string, string> = new Map([
  ...SUITES_OF_TLS13.map((name) => [name, name] as const),
  ...AUTHENTICATED,
  // For policies that say so: their padding has been attacked again and again.
  ...CHAINED,
])

const CURVES: ReadonlyMap<string, string> = new Map([
  ['CurveP256', 'P-256'],
  ['CurveP384', 'P-384'],
  ['CurveP521', 'P-521'],
  ['X25519', 'X25519'],
])

/** Every name of a suite, in Go's spelling. */
export const CIPHER_SUITE_NAMES: readonly string[] = [...SUITES.keys()]
export const CURVE_NAMES: readonly string[] = [...CURVES.keys()]

/** @throws {PosternError} ERR_POSTERN_POLICY for the first name that is not known, with those that are. */
export function compileProtocol(settings: ProtocolSettings, { lenient = false }: ProtocolAllowances = {}): ProtocolOptions {
  const versions = lenient ? [...OLD_VERSIONS, ...VERSIONS] : VERSIONS
  const minVersion = compileVersion(settings.minVersion ?? 'TLS12', 'minVersion', versions)
  const maxVersion = compileVersion(settings.maxVersion ?? 'TLS13', 'maxVersion', versions)
  if (!lenient && minVersion === 'TLSv1.3' && maxVersion === 'TLSv1.2') {
    throw policyError('ERR_POSTERN_POLICY', 'the least version of TLS is above the greatest, so that nobody could ever connect', {
      path: ['maxVersion'],
      fix: 'Leave one of the two out.',
    })
  }
  const suites = compileList(settings.cipherSuites, 'cipherSuites', SUITES, 'a cipher suite') ?? AUTHENTICATED.map(([, name]) => name)
  const older = suites.filter((name) => !SUITES_OF_TLS13.includes(name))
  if (older.length === 0 && maxVersion !== 'TLSv1.3') {
    throw policyError('ERR_POSTERN_POLICY', 'every suite of this list is one of TLS 1.3, which is not served', {
      path: ['cipherSuites'],
      fix: `List one of TLS 1.2, like ${AUTHENTICATED[0]?.[0]}; or leave the list out.`,
    })
  }
  const curves = compileList(settings.curves, 'curves', CURVES, 'a curve')
  const { preferServerCipherSuites = true } = settings
  if (typeof preferServerCipherSuites !== 'boolean') {
    throw policyError('ERR_POSTERN_POLICY', 'this says neither yes nor no', {
      path: ['preferServerCipherSuites'],
      fix: 'Write true or false.',
    })
  }
  const isOld = OLD_VERSIONS.some(([, version]) => version === minVersion)
  return {
    minVersion,
    maxVersion,
    // Node turns TLS 1.3 off where the list names none of its suites; Go never does.
    ciphers: [
      ...(maxVersion === 'TLSv1.3' ? SUITES_OF_TLS13 : []),
      ...older,
      // The signatures of TLS 1.0 and 1.1 are below what OpenSSL 3 takes otherwise.
      ...(isOld ? ['@SECLEVEL=0'] : []),
    ].join(':'),
    honorCipherOrder: preferServerCipherSuites,
    ...(curves === undefined ? {} : { ecdhCurve: curves.join(':') }),
  }
}

function compileVersion(
  text: string,
  option: 'minVersion' | 'maxVersion',
  versions: readonly (readonly [string, SecureVersion])[],
): SecureVersion {
  // Node's own spelling, which earlier versions of this option had, is the other column.
  const found = versions.find((spellings) => (spellings as readonly string[]).includes(text))
  if (found) return found[1]
  throw policyError('ERR_POSTERN_POLICY', `"${text}" is not a version of TLS that is served`, {
    path: [option],
    fix: `Write ${versions.map(([name]) => name).join(' or ')}.`,
  })
}

function compileList(
  names: readonly string[] | undefined,
  option: string,
  known: ReadonlyMap<string, string>,
  what: string,
): readonly string[] | undefined {
  if (names === undefined) return undefined
  if (!Array.isArray(names) || names.length === 0) {
    throw policyError('ERR_POSTERN_POLICY', `this is not a list of ${what} or more`, {
      path: [option],
      fix: `List ${what}, or leave the key out.`,
    })
  }
  return names.map((name: string, index) => {
    const found = known.get(name)
    if (found !== undefined) return found
    throw policyError('ERR_POSTERN_POLICY', `${JSON.stringify(name)} is not ${what} that is served`, {
      path: [option, index],
      fix: `There are ${[...known.keys()].join(', ')}.`,
    })
  })
}
