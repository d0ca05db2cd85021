/** Where a pusher pushes to, compiled once: everything about it that can be wrong is told before the first push. */
import type { SecureContext } from 'node:tls'
import { checkMilliseconds } from '../check-milliseconds.ts'
import { quote } from '../names.ts'
import { compileAuthorization, type PushAuthorization } from './authorization.ts'
import { compileTls, type PushTls } from './tls.ts'

export interface PushTarget {
  /** Where the Pushgateway is, `https://pushgateway.example:9091`; a path is the prefix it serves under, without `/metrics`. */
  readonly url: string
  /** For an https URL. */
  readonly tls?: PushTls
  readonly authorization?: PushAuthorization
  /** True sends `authorization` over http to a host other than this one, where anybody on the way can read it. Default false. */
  readonly allowPlainText?: boolean
  /** From the start of the rendering to the gateway's answer. Default 10 000. */
  readonly timeoutMilliseconds?: number
  /** False for a gateway that does not read compressed bodies, such as the Pushgateway before 1.5. Default true. */
  readonly gzip?: boolean
  /** What the registry is asked to render, as an Accept header. Default text 0.0.4, which every Pushgateway reads. */
  readonly accept?: string
}

export const DEFAULTS = {
  timeoutMilliseconds: 10_000,
  gzip: true,
  accept: 'text/plain;version=0.0.4',
} as const

export interface CompiledTarget {
  /** Scheme, host and port, for messages: a path or a query may hold a token. */
  readonly origin: string
  readonly hostname: string
  readonly port: number
  /** Without a slash at its end. */
  readonly prefix: string
  /** Undefined for http. */
  readonly tls: { readonly context: SecureContext; readonly servername: string | undefined } | undefined
  readonly authorization: string | undefined
  readonly secrets: readonly string[]
  readonly timeoutMilliseconds: number
  readonly gzip: boolean
  readonly accept: string
}

/** @throws {TypeError} when a part cannot be used, or credentials would travel in clear. @throws {RangeError} for a time-out that no timer has. */
export function compileTarget(target: PushTarget): CompiledTarget {
  const url = readUrl(target.url)
  const isPlain = url.protocol === 'http:'
  const authorization = target.authorization === undefined ? undefined : compileAuthorization(target.authorization)
  if (isPlain && target.tls !== undefined) {
    throw new TypeError(`target.tls is given, but ${url.origin} is http and would not use it. Write the url with https.`)
  }
  if (isPlain && authorization !== undefined && !isLoopback(url.hostname) && target.allowPlainText !== true) {
    throw new TypeError(
      `target.authorization would travel to ${url.origin} in clear. Write the url with https, or allowPlainText: true if the way there is safe.`,
    )
  }
  const timeoutMilliseconds = target.timeoutMilliseconds ?? DEFAULTS.timeoutMilliseconds
  checkMilliseconds('target.timeoutMilliseconds', timeoutMilliseconds)
  return {
    origin: url.origin,
    hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (isPlain ? 80 : 443) : Number(url.port),
    prefix: url.pathname.replace(/\/+$/, ''),
    tls: isPlain ? undefined : { context: compileTls(target.tls ?? {}), servername: target.tls?.servername },
    authorization: authorization?.header,
    secrets: authorization?.secrets ?? [],
    timeoutMilliseconds,
    gzip: target.gzip ?? DEFAULTS.gzip,
    accept: target.accept ?? DEFAULTS.accept,
  }
}

function readUrl(text: unknown): URL {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined
  const shown = typeof text === 'string' ? JSON.stringify(withoutSecrets(text)) : quote(text)
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new TypeError(`target.url is ${shown}, which is not an http or https URL. Write it like https://pushgateway.example:9091.`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new TypeError(
      `target.url is ${shown}, with credentials in it, and a URL is shown in logs and messages. Take them out, and write them as authorization.`,
    )
  }
  if (/[?#]/.test(url.href)) {
    throw new TypeError(
      `target.url is ${shown}, with a query or a fragment, which a push has no place for. Leave out everything from ? or # on.`,
    )
  }
  return url
}

/** A password may hold `?`, `#` and even `@`, so the last `@` ends it. */
function withoutSecrets(text: string): string {
  const at = text.lastIndexOf('@')
  const scheme = /^[a-z][a-z0-9+.-]*:\/*/i.exec(text)?.[0] ?? ''
  const shown = at < 0 ? text : `${scheme}…@${text.slice(at + 1)}`
  return shown.replace(/[?#].*$/s, (rest) => `${rest.slice(0, 1)}…`)
}

/** @param hostname as `URL` writes it, which has turned every spelling of an IPv4 address into four decimal numbers */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)
}
