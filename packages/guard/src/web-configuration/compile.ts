/** A web configuration as what our own parts are made from: options of a guard, settings of TLS, and a way to ask for certificates. */
import { dirname, resolve } from 'node:path'
import { TokenBucket } from '../limits/rate.ts'
import type { GuardOptions } from '../policy/policy.ts'
import type { FileReader } from '../sources/file.ts'
import { type ClientAuth, type ClientAuthMode, compileClientAuth } from '../tls/client-auth.ts'
import { readAuthorities, type TlsSettings } from '../tls/options.ts'
import type { SubjectAlternativeName } from '../tls/subject-alternative-names.ts'
import type { ClientAuthType, PemSource, WebConfiguration, WebTlsConfiguration } from './read.ts'

/** As the toolkit does it: basic authentication or none, one limit for all requests, and no lockout, which it does not know. */
export function toGuardOptions({ users, headers, rateLimit }: WebConfiguration): GuardOptions {
  return {
    credentials: users.size === 0 ? 'none' : [{ type: 'basic', realm: null, users: Object.fromEntries(users) }],
    responseHeaders: headers,
    limits: { lockout: false, ...(rateLimit && { total: new TokenBucket(rateLimit) }) },
  }
}

/** Relative names start at the folder of the configuration. */
export function toTlsSettings(tls: WebTlsConfiguration, file: string): TlsSettings {
  const { cipherSuites, curves } = tls
  return {
    ...toPair('cert', tls.certificate, file),
    ...toPair('key', tls.key, file),
    minVersion: tls.minVersion,
    maxVersion: tls.maxVersion,
    // An empty list is Go's own choice, and ours.
    ...(cipherSuites.length > 0 && { cipherSuites }),
    ...(curves.length > 0 && { curves }),
    preferServerCipherSuites: tls.preferServerCipherSuites,
  }
}

const toPair = (name: 'cert' | 'key', source: PemSource, file: string): Partial<TlsSettings> =>
  source.file === undefined ? { [name]: source.text } : { [`${name}File`]: resolve(dirname(file), source.file) }

const MODES: Readonly<Record<ClientAuthType, ClientAuthMode>> = {
  NoClientCert: 'none',
  RequestClientCert: 'request',
  RequireAnyClientCert: 'require-any',
  VerifyClientCertIfGiven: 'verify-if-given',
  RequireAndVerifyClientCert: 'require-and-verify',
}

/**
 * Differs from the toolkit in one thing: without an authority to verify with, it would take every certificate that a public one has
 * issued; here that is a warning, and nobody's certificate.
 */
export function toClientAuth(tls: WebTlsConfiguration, file: string, readFile: FileReader): ClientAuth {
  const { clientAuthority, clientAuthType, clientAllowedSans } = tls
  return compileClientAuth(
    {
      mode: MODES[clientAuthType],
      authorities: clientAuthority ? readClientAuthorities(clientAuthority, file, readFile) : [],
      ...(clientAllowedSans && { names: clientAllowedSans.flatMap(namesOf) }),
    },
    { lenient: true },
  )
}

/** A file without any certificate is what the toolkit takes too; it then trusts nobody. */
function readClientAuthorities(source: PemSource, file: string, readFile: FileReader): ReturnType<typeof readAuthorities> {
  const path = ['tls_server_config', source.file === undefined ? 'client_ca' : 'client_ca_file']
  const named = source.file === undefined ? undefined : resolve(dirname(file), source.file)
  const text = named === undefined ? (source.text as string) : readFile(named, path).text
  return text.includes('-----BEGIN CERTIFICATE-----') ? readAuthorities(text, named ?? 'client_ca', path) : []
}

/** The toolkit compares an entry with every kind of name, each in the one spelling that Go prints. */
const namesOf = (value: string): SubjectAlternativeName[] => [
  { kind: 'dns', value: value.toLowerCase() },
  { kind: 'email', value },
  { kind: 'ip', value },
  { kind: 'uri', value },
]
