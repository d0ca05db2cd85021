/** The store that several instances share, as a policy writes it, and its compilation. */
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import type { CompilerEnvironment } from '../credentials/compiled.ts'
import { policyError, withPath } from '../errors.ts'
import { RedisStore } from '../limits/redis-store.ts'
import type { LimitStore } from '../limits/store.ts'
import { refuseUnknownKeys } from '../options/known-keys.ts'
import { compileNumber } from '../options/numbers.ts'

export interface StoreOptions {
  /** `redis://` or, with TLS, `rediss://`: `USER:PASSWORD@HOST:PORT/DATABASE`. Valkey is spoken to in the same way. */
  readonly url?: string
  /** A file that holds the url, since there is a password in it; instead of `url`. */
  readonly urlFile?: string
  /** Begins every key; policies with different limits need different ones. Default {@link DEFAULTS}. */
  readonly prefix?: string
  /** How long one answer may take; then the store counts as away. 10 to 5000. */
  readonly timeoutMilliseconds?: number
}

export const DEFAULTS = {
  prefix: 'postern:',
  timeoutMilliseconds: 250,
} as const

export interface CompiledStore {
  readonly warnings: readonly string[]
  /** The connection of before, where there is one to the same place. */
  open(): LimitStore
}

/**
 * Connects to nothing.
 * @param from where the package is looked for; a test says otherwise
 * @throws {PosternError} ERR_POSTERN_POLICY, also where the package `ioredis` is not installed; ERR_POSTERN_FILE.
 */
export function compileStore(options: StoreOptions, environment: CompilerEnvironment, from: string = import.meta.url): CompiledStore {
  refuseUnknownKeys(options ?? {}, ['url', 'urlFile', 'prefix', 'timeoutMilliseconds'])
  const { url, urlFile, prefix = DEFAULTS.prefix, timeoutMilliseconds = DEFAULTS.timeoutMilliseconds } = options ?? {}
  const warnings: string[] = []
  const place = readUrl(url, urlFile, environment, warnings)
  withPath([urlFile === undefined ? 'url' : 'urlFile'], () => refuseBadUrl(place))
  if (typeof prefix !== 'string' || !/^[\w.:{}-]{1,64}$/.test(prefix)) {
    throw policyError('ERR_POSTERN_POLICY', `${JSON.stringify(prefix)} is not a prefix for keys`, {
      path: ['prefix'],
      fix: `Use up to 64 letters, digits and ".:{}_-", like ${DEFAULTS.prefix}`,
    })
  }
  const timeout = withPath(['timeoutMilliseconds'], () => compileNumber(timeoutMilliseconds, 'a number of milliseconds', 5_000, 10))
  refuseMissingPackage(from)
  const { elapsed: now, keep, tell } = environment
  const digest = createHash('sha256')
    .update(JSON.stringify([place, prefix, timeout]))
    .digest('hex')
  return {
    warnings,
    open: () =>
      keep(
        `limits store ${digest}`,
        () =>
          new RedisStore({
            url: place,
            prefix,
            timeoutMilliseconds: timeout,
            now,
            tell: (state, message) => tell({ type: 'limits', state, message }),
          }),
      ),
  }
}

function readUrl(url: unknown, urlFile: string | undefined, { readFile }: CompilerEnvironment, warnings: string[]): string {
  if ((url === undefined) === (urlFile === undefined)) {
    throw policyError('ERR_POSTERN_POLICY', `this store has ${url === undefined ? 'no url' : 'two urls'}`, {
      fix: 'Write url, or urlFile with the name of a file that holds it.',
    })
  }
  if (urlFile === undefined) return String(url)
  const { text, readableByOthers } = readFile(urlFile, ['urlFile'])
  if (readableByOthers) warnings.push(`"${urlFile}" can be read by other users of this machine: chmod 600 it`)
  return text.trim()
}

/** Says what is wrong without a word of it: there is a password in it. */
function refuseBadUrl(text: string): void {
  const wrong = faultOfUrl(text)
  if (wrong === undefined) return
  throw policyError('ERR_POSTERN_POLICY', `this url ${wrong}`, {
    fix: 'Write it like redis://user:password@127.0.0.1:6379/0, or rediss:// for TLS; %40 is an @ in a password.',
  })
}

function faultOfUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return 'cannot be read'
  const { protocol, hostname, username, password, pathname, search, hash } = new URL(text)
  if (protocol !== 'redis:' && protocol !== 'rediss:') return `begins with ${protocol}`
  if (hostname === '') return 'names no host'
  // ioredis would take options out of a query.
  if (search !== '' || hash !== '') return 'has more behind its path'
  if (!/^\/?\d{0,5}$/.test(pathname)) return 'has a path that is not the number of a database'
  try {
    decodeURIComponent(username + password)
    return undefined
  } catch {
    return 'has a % in its user or password that begins no escape'
  }
}

/** What is not needed by most is not installed with the guard. */
function refuseMissingPackage(from: string): void {
  try {
    createRequire(from).resolve('ioredis')
  } catch (cause) {
    throw policyError('ERR_POSTERN_POLICY', 'limits are shared through the package "ioredis", which is not installed', {
      fix: 'Install it with: npm install ioredis',
      cause,
    })
  }
}
