/** Pushing a registry to a Pushgateway, for jobs that end before anybody could scrape them. */
import { type ClientRequest, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { gzipSync } from 'node:zlib'
import { replaceLoneSurrogates } from '../exposition/escape.ts'
import { quote } from '../names.ts'
import { globalRegistry, type Registry } from './registry.ts'

export interface PushParameters {
  readonly jobName?: string
  /** Labels of the pushed group. */
  readonly groupings?: Readonly<Record<string, string>>
}

export interface PushResult {
  readonly resp: IncomingMessage
  readonly body: string
}

/** Options of `http.request`, `timeout` and `headers` among them; with `Content-Encoding: gzip` the body is compressed. */
export interface PushOptions extends RequestOptions {
  readonly requireJobName?: boolean
}

/** Every method throws at once when the job name is missing, and rejects when the gateway answers with 400 or above, or not in time. */
export class Pushgateway {
  registry: Registry
  gatewayUrl: string
  requireJobName: boolean
  requestOptions: RequestOptions

  constructor(gatewayUrl: string, options?: PushOptions | null, registry?: Registry) {
    const { requireJobName, ...requestOptions } = { requireJobName: true, ...options }
    this.registry = registry || globalRegistry
    this.gatewayUrl = gatewayUrl
    this.requireJobName = requireJobName
    this.requestOptions = requestOptions
  }

  /** Adds to what the gateway has, by name. */
  pushAdd(params: PushParameters = {}): Promise<PushResult> {
    return this.#send('POST', params)
  }

  /** Replaces what the gateway has of this job and grouping. */
  push(params: PushParameters = {}): Promise<PushResult> {
    return this.#send('PUT', params)
  }

  delete(params: PushParameters = {}): Promise<PushResult> {
    return this.#send('DELETE', params)
  }

  #send(method: 'POST' | 'PUT' | 'DELETE', { jobName, groupings }: PushParameters): Promise<PushResult> {
    if (this.requireJobName && !jobName) throw new Error('Missing jobName parameter')
    return this.#exchange(method, jobName, groupings)
  }

  async #exchange(
    method: 'POST' | 'PUT' | 'DELETE',
    jobName: string | undefined,
    groupings: PushParameters['groupings'],
  ): Promise<PushResult> {
    const url = targetUrl(this.gatewayUrl, jobName, groupings)
    const options = { ...this.requestOptions, method, headers: headersFor(method, this.requestOptions.headers) }
    const body = method === 'DELETE' ? undefined : await this.#body(options.headers)
    return new Promise((resolve, reject) => {
      const request: ClientRequest = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options, (response) => {
        readAll(response).then((text) => {
          if ((response.statusCode as number) >= 400) reject(new Error(`push failed with status ${response.statusCode}, ${text}`))
          else resolve({ resp: response, body: text })
        }, reject)
      })
      request.on('error', reject)
      request.on('timeout', () => request.destroy(new Error('Pushgateway request timed out')))
      request.end(body)
    })
  }

  async #body(headers: RequestOptions['headers']): Promise<string | Uint8Array> {
    const text = await this.registry.metrics()
    return Object.entries(headers ?? {}).some(([name, value]) => name.toLowerCase() === 'content-encoding' && value === 'gzip')
      ? gzipSync(text)
      : text
  }
}

/** What a URL takes for a step up or for nothing, encoded or not: it would be the path of another group. */
const STEP = /^\.{0,2}$/

/** Such values go as base64, which the gateway reads everywhere (its README, "URL"). @throws {TypeError} for a name like that */
function segment(name: string, value: unknown): string {
  const text = String(value)
  if (STEP.test(name)) throw new TypeError(`The grouping has the label ${quote(name)}: names have letters, digits and "_".`)
  if (STEP.test(text)) return `/${encodeURIComponent(name)}@base64/${Buffer.from(text).toString('base64url') || '='}`
  return `/${encodeURIComponent(name)}/${encodeURIComponent(replaceLoneSurrogates(text))}`
}

/** `http://gateway:9091/base/metrics/job/backup/instance/db-1`. */
function targetUrl(gatewayUrl: string, jobName: string | undefined, groupings: PushParameters['groupings']): URL {
  const url = new URL(gatewayUrl)
  const base = url.pathname === '/' ? '' : url.pathname
  const group = Object.entries(groupings ?? {}).map(([name, value]) => segment(name, value))
  url.pathname = `${base}/metrics${jobName ? `${segment('job', jobName)}${group.join('')}` : ''}`
  url.search = ''
  url.hash = ''
  return url
}

/** Nothing is sent with a DELETE, compressed or not. The caller's object stays as it is. */
function headersFor(method: string, headers: RequestOptions['headers']): RequestOptions['headers'] {
  if (headers === undefined || Array.isArray(headers)) return headers
  if (method !== 'DELETE') return headers
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'content-encoding'))
}

async function readAll(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8')
  let text = ''
  for await (const chunk of response) text += chunk
  return text
}
