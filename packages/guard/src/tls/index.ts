/** TLS for a listener of your own: the pair judged before anything listens. */

export type { FileReader, SourceFile } from '../sources/file.ts'
export { readSourceFile } from '../sources/file.ts'
export type { CompiledTls, TlsSettings } from './options.ts'
export { compileTls } from './options.ts'
