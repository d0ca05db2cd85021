/** TLS for a listener of your own: the pair judged before anything listens. */
export type { CompiledTls, TlsSettings } from './options.ts'
export { compileTls } from './options.ts'
