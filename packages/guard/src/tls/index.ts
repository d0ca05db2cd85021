/** TLS for a listener of your own: pairs judged before anything listens, and taken anew while it does. */

export type { FileReader, SourceFile } from '../sources/file.ts'
export { readSourceFile } from '../sources/file.ts'
export type { WatchTimes } from '../sources/watch.ts'
export type { ClientAuth, ClientAuthMode, ClientAuthSettings } from './client-auth.ts'
export { CLIENT_AUTH_MODES, compileClientAuth, enforceClientAuth } from './client-auth.ts'
export type { CertificateSettings, CompiledTls, ServedCertificate, TlsSettings } from './options.ts'
export { compileTls, readAuthorities } from './options.ts'
export type { ProtocolAllowances, ProtocolSettings } from './protocol.ts'
export { CIPHER_SUITE_NAMES, CURVE_NAMES } from './protocol.ts'
export type { TlsWorld, TlsWorldOptions } from './world.ts'
export { createTlsWorld } from './world.ts'
