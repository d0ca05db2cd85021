/**
 * The web configuration file of the exporters (`--web.config.file`), read as their toolkit reads it: every key, default and rule of
 * https://github.com/prometheus/exporter-toolkit/blob/v0.17.1/docs/web-configuration.md. Pure: text in, values out; files that it names are
 * read by whoever compiles it.
 */

import type { SourcePlace } from '../errors.ts'
import { parseBcrypt } from '../hashes/bcrypt.ts'
import { Faults } from '../options/faults.ts'
import { headerFault } from '../policy/response-headers.ts'
import { parseGoDuration } from './duration.ts'
import { type YamlEntry, YamlReader, type YamlValue } from './yaml-reader.ts'

/** By the names that Go has for them; those of TLS 1.3 may be listed and are always on. */
export const CIPHER_SUITES = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA',
  'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA',
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
] as const
export const CURVES = ['CurveP256', 'CurveP384', 'CurveP521', 'X25519'] as const
export const VERSIONS = ['TLS10', 'TLS11', 'TLS12', 'TLS13'] as const
export const CLIENT_AUTH_TYPES = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'RequireClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const

export type ClientAuthType = Exclude<(typeof CLIENT_AUTH_TYPES)[number], 'RequireClientCert'>

/** A PEM text of the file, or the name of a file with one, as written. */
export interface PemSource {
  readonly text: string | undefined
  readonly file: string | undefined
  readonly place: SourcePlace
}

export interface WebTlsConfiguration {
  readonly certificate: PemSource
  readonly key: PemSource
  /** Undefined where no authority is named. */
  readonly clientAuthority: PemSource | undefined
  readonly clientAuthType: ClientAuthType
  /** Undefined: names are not looked at. An empty list is one, and lets nobody in. */
  readonly clientAllowedSans: readonly string[] | undefined
  readonly minVersion: (typeof VERSIONS)[number]
  readonly maxVersion: (typeof VERSIONS)[number]
  /** Empty: Go's own choice. */
  readonly cipherSuites: readonly (typeof CIPHER_SUITES)[number][]
  readonly preferServerCipherSuites: boolean
  readonly curves: readonly (typeof CURVES)[number][]
}

export interface WebConfiguration {
  readonly file: string
  /** Undefined where nothing of the file turns TLS on. */
  readonly tls: WebTlsConfiguration | undefined
  readonly http2: boolean
  readonly headers: Readonly<Record<string, string>>
  /** Bcrypt hashes by user; empty: everyone may read. */
  readonly users: ReadonlyMap<string, string>
  readonly rateLimit: { readonly intervalMilliseconds: number; readonly burst: number } | undefined
  readonly warnings: readonly string[]
}

const KEYS = ['tls_server_config', 'http_server_config', 'basic_auth_users', 'rate_limit'] as const
const TLS_KEYS = [
  'cert',
  'key',
  'client_ca',
  'cert_file',
  'key_file',
  'client_auth_type',
  'client_ca_file',
  'cipher_suites',
  'curve_preferences',
  'min_version',
  'max_version',
  'prefer_server_cipher_suites',
  'client_allowed_sans',
] as const

/**
 * @param file named in errors, with line and column
 * @throws {PosternError} ERR_POSTERN_WEB_CONFIG or ERR_POSTERN_HASH: the first fault, its `others` the rest.
 */
export function readWebConfiguration(text: string, file: string): WebConfiguration {
  const reader = new YamlReader(text, file)
  const root = valuesOf(reader.readMapping(reader.root, [], KEYS))
  const faults = new Faults()
  const http = faults.attempt([], () => readHttp(reader, root.get('http_server_config')))
  const users = faults.attempt([], () => readUsers(reader, root.get('basic_auth_users')))
  const warnings: string[] = []
  const tls = faults.attempt([], () => readTls(reader, root.get('tls_server_config'), warnings))
  const rateLimit = faults.attempt([], () => readRateLimit(reader, root.get('rate_limit')))
  faults.throwIfAny()
  // None of them has failed here.
  return { file, ...(http as HttpSettings), users: users as ReadonlyMap<string, string>, tls, rateLimit, warnings }
}

type HttpSettings = Pick<WebConfiguration, 'http2' | 'headers'>

const valuesOf = (entries: readonly YamlEntry[]): ReadonlyMap<string, YamlValue> => new Map(entries.map(({ key, value }) => [key, value]))

function readHttp(reader: YamlReader, value: YamlValue): HttpSettings {
  const path = ['http_server_config']
  const entries = valuesOf(reader.readMapping(value, path, ['http2', 'headers']))
  const headers: Record<string, string> = {}
  for (const { key, keyNode, value: header } of reader.readMapping(entries.get('headers'), [...path, 'headers'])) {
    const text = reader.readText(header, [...path, 'headers', key]) ?? ''
    const fault = headerFault(key, text)
    if (fault) throw reader.refuse(keyNode, [...path, 'headers'], `cannot be used: ${fault.why}`, fault.fix)
    headers[key] = text
  }
  return { http2: reader.readTruth(entries.get('http2'), [...path, 'http2']) ?? true, headers }
}

function readUsers(reader: YamlReader, value: YamlValue): ReadonlyMap<string, string> {
  const users = new Map<string, string>()
  for (const { key, keyNode, value: hash } of reader.readMapping(value, ['basic_auth_users'])) {
    const text = reader.readText(hash, ['basic_auth_users', key]) ?? ''
    parseBcrypt(text, { user: key, source: reader.placeOf(hash ?? keyNode) })
    users.set(key, text)
  }
  return users
}

function readTls(reader: YamlReader, value: YamlValue, warnings: string[]): WebTlsConfiguration | undefined {
  const path = ['tls_server_config']
  const entries = valuesOf(reader.readMapping(value, path, TLS_KEYS))
  const text = (key: (typeof TLS_KEYS)[number]): string | undefined => reader.readText(entries.get(key), [...path, key]) || undefined
  const pem = (key: 'cert' | 'key' | 'client_ca'): PemSource => {
    const named = text(`${key}_file`)
    return {
      text: named === undefined ? text(key) : undefined,
      file: named,
      place: reader.placeOf(entries.get(`${key}_file`) ?? entries.get(key) ?? value),
    }
  }
  const oneOf = <Name extends string>(key: (typeof TLS_KEYS)[number], names: readonly Name[], what: string): Name | undefined =>
    chooseName(reader, entries.get(key), [...path, key], names, what)
  const severalOf = <Name extends string>(key: (typeof TLS_KEYS)[number], names: readonly Name[], what: string): readonly Name[] =>
    (reader.readList(entries.get(key), [...path, key]) ?? []).flatMap((item) => chooseName(reader, item, [...path, key], names, what) ?? [])

  const [certificate, key, authority] = [pem('cert'), pem('key'), pem('client_ca')]
  const authType = oneOf('client_auth_type', CLIENT_AUTH_TYPES, 'ClientAuth')
  const settings = {
    clientAllowedSans: reader.readTexts(entries.get('client_allowed_sans'), [...path, 'client_allowed_sans']),
    minVersion: oneOf('min_version', VERSIONS, 'TLS version') ?? 'TLS12',
    maxVersion: oneOf('max_version', VERSIONS, 'TLS version') ?? 'TLS13',
    cipherSuites: severalOf('cipher_suites', CIPHER_SUITES, 'cipher'),
    preferServerCipherSuites:
      reader.readTruth(entries.get('prefer_server_cipher_suites'), [...path, 'prefer_server_cipher_suites']) ?? true,
    curves: severalOf('curve_preferences', CURVES, 'curve'),
  } as const
  const isGiven = ({ text: given, file }: PemSource): boolean => given !== undefined || file !== undefined
  const isOn = isGiven(certificate) || isGiven(key) || isGiven(authority) || authType !== undefined
  if (!isOn) {
    if (entries.size > 0) {
      // The toolkit serves plain HTTP here without a word.
      warnings.push(`"${[...entries.keys()].join('", "')}" of tls_server_config turn no TLS on: name cert_file and key_file`)
    }
    return undefined
  }
  const missing = (what: 'cert' | 'key'): Error =>
    reader.refuse(value, path, `is missing one of ${what} or ${what}_file`, `Name the PEM file as ${what}_file.`)
  if (!isGiven(certificate)) throw missing('cert')
  if (!isGiven(key)) throw missing('key')
  const clientAuthType = authType === 'RequireClientCert' ? 'RequireAnyClientCert' : (authType ?? 'NoClientCert')
  if (isGiven(authority) && clientAuthType === 'NoClientCert') {
    const why = "names a client CA and no client_auth_type: client CA's have been configured without a Client Auth Policy"
    throw reader.refuse(value, path, why, 'Write client_auth_type: RequireAndVerifyClientCert, or leave the CA out.')
  }
  return { certificate, key, clientAuthority: isGiven(authority) ? authority : undefined, clientAuthType, ...settings }
}

function chooseName<Name extends string>(
  reader: YamlReader,
  value: YamlValue,
  path: readonly string[],
  names: readonly Name[],
  what: string,
): Name | undefined {
  const text = reader.readText(value, path)
  // An empty text is what a template leaves behind; Go takes it for the default of the one key that it may be.
  if (text === undefined || (text === '' && what === 'ClientAuth')) return undefined
  const name = names.find((known) => known === text)
  if (name === undefined)
    throw reader.refuse(value, path, `names an unknown ${what}: ${JSON.stringify(text)}`, `Write one of ${names.join(', ')}.`)
  return name
}

function readRateLimit(reader: YamlReader, value: YamlValue): WebConfiguration['rateLimit'] {
  const path = ['rate_limit']
  const entries = valuesOf(reader.readMapping(value, path, ['interval', 'burst']))
  const intervalMilliseconds = readInterval(reader, entries.get('interval'), [...path, 'interval'])
  const burst = reader.readWhole(entries.get('burst'), [...path, 'burst']) ?? 0
  if (burst < 0)
    throw reader.refuse(entries.get('burst'), [...path, 'burst'], `is ${burst}`, 'Write how many requests may come at once, 1 or more.')
  return intervalMilliseconds > 0 ? { intervalMilliseconds, burst } : undefined
}

function readInterval(reader: YamlReader, value: YamlValue, path: readonly string[]): number {
  const text = reader.readText(value, path)
  if (text === undefined) return 0
  // Go counts a number without a unit in nanoseconds: hardly what was meant, and what an exporter would do.
  const milliseconds = reader.isNumber(value) ? Number(text) / 1e6 : parseGoDuration(text)
  if (milliseconds !== undefined) return milliseconds
  throw reader.refuse(value, path, `is "${text}", which is no duration of Go's`, 'Write it like 100ms, 1s or 1h30m; there are no days.')
}
