/** Where a policy says the keys of an issuer are: in a file, at a URL, or where the issuer's own discovery document says. */
import { policyError, withPath } from '../errors.ts'
import { discoveryUrl, readEndpoint } from '../keys/endpoint.ts'
import { fetchDiscovered, fetchText } from '../keys/fetch-text.ts'
import { KeySetError, parseKeySet } from '../keys/key-set.ts'
import { fixedKeys, type KeySource } from '../keys/key-source.ts'
import { RemoteKeys } from '../keys/remote-keys.ts'
import { compileWholeNumber } from '../options/whole-number.ts'
import { readAuthorities } from '../tls/options.ts'
import type { CompilerEnvironment } from './compiled.ts'

/** One of `jwksFile`, `jwksUrl` and `discovery`; none of them means discovery. */
export interface JwtKeyOptions {
  /** Compared with the claim `iss` character by character. With discovery it is also where the document is looked for. */
  readonly issuer: string
  /** A file with a JWK set, read at start and with each reload. */
  readonly jwksFile?: string
  /** Where the issuer publishes its JWK set: `https`, or `http` on loopback. */
  readonly jwksUrl?: string
  /** Ask `issuer` + `/.well-known/openid-configuration` where the JWK set is. */
  readonly discovery?: boolean
  /** PEM of the authorities for the endpoint's certificate, instead of the public ones. */
  readonly ca?: string
  /** A PEM file, instead of `ca`. */
  readonly caFile?: string
  /** For how long keys count after the endpoint was last asked with success. Default a day. */
  readonly keepSeconds?: number
}

export const KEY_OPTIONS: readonly string[] = ['jwksFile', 'jwksUrl', 'discovery', 'ca', 'caFile', 'keepSeconds']

export const DEFAULTS = {
  keepSeconds: 86_400, // an issuer may be away for a night without ending the scrapes
} as const

/** @throws {PosternError} for the first fault: ERR_POSTERN_POLICY, ERR_POSTERN_CERTIFICATE or ERR_POSTERN_FILE. */
export function compileKeys(options: JwtKeyOptions, credential: string, environment: CompilerEnvironment): KeySource {
  const { issuer, jwksFile, jwksUrl, discovery } = options
  const chosen = [jwksFile !== undefined && 'jwksFile', jwksUrl !== undefined && 'jwksUrl', discovery === true && 'discovery'].filter(
    (key) => key !== false,
  )
  const [first, second] = chosen
  if (second !== undefined) {
    throw policyError('ERR_POSTERN_POLICY', `the keys come from two places, ${first} and ${second}`, {
      path: [second],
      fix: 'Keep one of them.',
    })
  }
  if (first === undefined && discovery !== undefined) {
    throw policyError('ERR_POSTERN_POLICY', 'this credential has no keys: discovery is off, and there is no other place for them', {
      path: ['discovery'],
      fix: 'Name jwksFile or jwksUrl, or leave discovery out.',
    })
  }
  if (jwksFile !== undefined) return readKeyFile(jwksFile, options, environment)
  const ca = compileAuthorities(options, environment)
  const keepSeconds = withPath(['keepSeconds'], () =>
    compileWholeNumber(options.keepSeconds, DEFAULTS.keepSeconds, { min: 60, max: 604_800, unit: 'seconds' }),
  )
  const place = jwksUrl === undefined ? compileIssuerUrl(issuer) : compileUrl(jwksUrl, 'jwksUrl')
  const load = (signal: AbortSignal): Promise<string> =>
    jwksUrl === undefined ? fetchDiscovered(place, issuer, ca, signal) : fetchText(place, ca, signal)
  const dependsOn = JSON.stringify([credential, place.href, jwksUrl === undefined && issuer, ca, keepSeconds])
  return environment.keep(
    `jwt keys ${dependsOn}`,
    () =>
      new RemoteKeys({
        load,
        elapsed: environment.elapsed,
        keepMilliseconds: keepSeconds * 1000,
        onState: (state, message) => environment.tell({ type: 'authority', credential, state, message }),
      }),
  )
}

function readKeyFile(file: string, options: JwtKeyOptions, { readFile, keep }: CompilerEnvironment): KeySource {
  const idle = (['ca', 'caFile', 'keepSeconds'] as const).find((key) => options[key] !== undefined)
  if (idle !== undefined) {
    throw policyError('ERR_POSTERN_POLICY', 'the keys come from a file, and nothing is fetched', {
      path: [idle],
      fix: 'Take it out.',
    })
  }
  const { text } = readFile(file, ['jwksFile'])
  try {
    // The same text is the same set, so that a reload ends no token that was verified.
    return keep(`jwt keys in ${text}`, () => fixedKeys(parseKeySet(text)))
  } catch (error) {
    if (!(error instanceof KeySetError)) throw error
    throw policyError('ERR_POSTERN_CERTIFICATE', `"${file}" ${error.message}`, {
      path: ['jwksFile'],
      fix: 'Give the JWK set that the issuer publishes, with public RSA (2048 bits or more), EC or Ed25519 keys.',
      source: { file },
    })
  }
}

function compileAuthorities({ ca, caFile }: JwtKeyOptions, environment: CompilerEnvironment): readonly string[] | undefined {
  if (ca === undefined && caFile === undefined) return undefined
  const pem = ca ?? environment.readFile(caFile as string, ['caFile']).text
  const authorities = readAuthorities(pem, caFile ?? 'ca', [ca === undefined ? 'caFile' : 'ca'])
  return authorities.map((authority) => authority.toString())
}

function compileUrl(text: string, key: 'jwksUrl' | 'issuer'): URL {
  const url = readEndpoint(text)
  if (typeof url !== 'string') return url
  // Credentials in a URL are not repeated.
  const shown = url.startsWith('has credentials') ? 'this URL' : JSON.stringify(text)
  throw policyError('ERR_POSTERN_POLICY', `${shown} ${url}`, {
    path: [key],
    fix: 'Write it like https://issuer.example; plain http is for loopback alone.',
  })
}

function compileIssuerUrl(issuer: string): URL {
  const url = compileUrl(issuer, 'issuer')
  if (url.search === '' && url.hash === '' && !/[?#]/.test(issuer)) return discoveryUrl(issuer)
  throw policyError(
    'ERR_POSTERN_POLICY',
    `${JSON.stringify(issuer)} has a query or a fragment, and nothing can be looked for behind those`,
    {
      path: ['issuer'],
      fix: 'Name jwksUrl or jwksFile beside such an issuer.',
    },
  )
}
