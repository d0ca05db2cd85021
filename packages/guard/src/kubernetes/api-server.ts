/** Which API server a policy asks, and as whom; the pod's own unless it says otherwise. */
import { createHash } from 'node:crypto'
import { TOKEN68 } from '../credentials/bearer.ts'
import type { CompilerEnvironment } from '../credentials/compiled.ts'
import { PosternError, policyError, withPath } from '../errors.ts'
import { readAuthorities } from '../tls/options.ts'
import { type ApiClient, createApiClient } from './client.ts'
import { createOwnToken } from './own-token.ts'

export interface ApiServerOptions {
  /** https. Default `https://kubernetes.default.svc`. */
  readonly server?: string
  /** PEM of the authority that issued the server's certificate. Default: the file that every pod has. */
  readonly caFile?: string
  /** The token to ask with, read again as it is replaced. Default: the file of the pod's service account. */
  readonly tokenFile?: string
}

export const API_SERVER_KEYS = ['server', 'caFile', 'tokenFile'] as const

const FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount'

const DEFAULTS = {
  server: 'https://kubernetes.default.svc',
  caFile: `${FOLDER}/ca.crt`,
  tokenFile: `${FOLDER}/token`,
} as const

export interface ApiServer {
  readonly client: ApiClient
  /** Says which server, by which authority and as whom: for the keys of what is kept. */
  readonly key: readonly string[]
  /** For messages. */
  readonly url: string
}

/**
 * Reads the files, and keeps one client for each server, authority and token file: reviews of tokens and of access share connections.
 * @throws {PosternError} ERR_POSTERN_POLICY, ERR_POSTERN_FILE, ERR_POSTERN_CERTIFICATE or ERR_POSTERN_TOKEN
 */
export function compileApiServer(options: ApiServerOptions, environment: CompilerEnvironment): ApiServer {
  const { caFile = DEFAULTS.caFile, tokenFile = DEFAULTS.tokenFile } = options
  const server = withPath(['server'], () => parseServer(options.server ?? DEFAULTS.server))
  const pem = inPod(options.caFile, () => environment.readFile(caFile, ['caFile']).text)
  const authorities = readAuthorities(pem, caFile, ['caFile']).map(String)
  const readToken = (): string => parseToken(environment.readFile(tokenFile, ['tokenFile']).text, tokenFile)
  const token = inPod(options.tokenFile, readToken)
  const url = server.href.replace(/\/+$/, '')
  const key = [url, createHash('sha256').update(authorities.join('')).digest('hex'), tokenFile]
  const { elapsed, randomBytes } = environment
  const client = environment.keep(JSON.stringify(['kubernetes', ...key]), () =>
    createApiClient({
      server,
      authorities,
      token: createOwnToken(token, readToken, elapsed),
      elapsed,
      random: () => Buffer.from(randomBytes(4)).readUInt32BE() / 2 ** 32,
    }),
  )
  return { client, key, url }
}

function parseServer(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'https:' && `${url.username}${url.password}${url.search}${url.hash}` === '') return url
  throw policyError('ERR_POSTERN_POLICY', 'this is not the https URL of an API server, without credentials and query', {
    fix: `Write it like ${DEFAULTS.server}; tokens travel there, so that plain http will not do.`,
  })
}

function parseToken(text: string, file: string): string {
  const token = text.trim()
  if (TOKEN68.test(token)) return token
  throw policyError('ERR_POSTERN_TOKEN', `"${file}" holds no token`, {
    path: ['tokenFile'],
    fix: 'Name the file of a service account token, and nothing else in it.',
    source: { file },
  })
}

/** Outside of a pod the default files are missing, and "name an existing file" would not say which option names it. */
function inPod<T>(named: string | undefined, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (named !== undefined || !(error instanceof PosternError)) throw error
    throw error.with({ fix: 'Run in a pod with a service account, or name server, caFile and tokenFile.' })
  }
}
