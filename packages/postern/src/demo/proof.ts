/** The demo's proof of itself: scrapes as Prometheus sends them, and the requests that must fail, each with what was expected and seen. */
import { readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { FILES, type ProvisionedKind, SCRAPER } from '../generate/model.ts'

export interface ProofRow {
  /** What was tried, in words. */
  readonly name: string
  readonly expected: string
  readonly seen: string
  readonly holds: boolean
}

/** What Prometheus 2.42 sends with each scrape. */
const PROMETHEUS_HEADERS = {
  'User-Agent': 'Prometheus/2.42.0',
  Accept:
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
  'Accept-Encoding': 'gzip',
  'X-Prometheus-Scrape-Timeout-Seconds': '5',
}

export const DEFAULTS = {
  timeoutMilliseconds: 5_000, // without a byte of an answer
} as const

/**
 * @param url of the gateway, https
 * @param dir a provisioned folder, whose credentials are used
 * @param kinds the credentials that the folder has; at least one
 * @param timeout milliseconds that each answer may be silent
 */
export async function prove(
  url: string,
  dir: string,
  kinds: readonly ProvisionedKind[],
  timeout: number = DEFAULTS.timeoutMilliseconds,
): Promise<readonly ProofRow[]> {
  const ca = readFileSync(join(dir, FILES.authorityCertificate.path))
  const scrape = ({ headers, ...identity }: ScrapeIdentity): Promise<Seen> =>
    send(url, { ca, timeout, ...identity, headers: { ...PROMETHEUS_HEADERS, ...headers } })
  const rows: ProofRow[] = []
  for (const kind of kinds) {
    const seen = await scrape(credentialsFor(kind, dir))
    rows.push({
      name: `scrape as Prometheus, ${WORDS[kind]}`,
      expected: '200',
      seen: tell(seen),
      holds: seen.status === 200 && seen.series > 0,
    })
  }
  // Where every credential is a certificate there is nothing to challenge with, and the answer is 403.
  const refusal = kinds.includes('basic') || kinds.includes('bearer') ? 401 : 403
  const bare = await scrape({})
  rows.push({ name: 'scrape without credentials', expected: String(refusal), seen: tell(bare), holds: bare.status === refusal })
  const wrong = await scrape({ headers: { Authorization: `Basic ${Buffer.from(`${SCRAPER}:not the password`).toString('base64')}` } })
  rows.push({ name: 'scrape with a wrong password', expected: String(refusal), seen: tell(wrong), holds: wrong.status === refusal })
  const plain = await send(url.replace(/^https:/, 'http:'), { timeout, headers: PROMETHEUS_HEADERS })
  rows.push({
    name: 'scrape in plain HTTP',
    expected: 'refused',
    seen: plain.status === 0 ? 'refused' : tell(plain),
    holds: plain.status === 0,
  })
  return rows
}

const WORDS: Readonly<Record<ProvisionedKind, string>> = {
  basic: 'with its password',
  bearer: 'with its token',
  'client-certificate': 'with its certificate',
}

/** What tells one scraper from another. */
interface ScrapeIdentity {
  readonly headers?: Readonly<Record<string, string>>
  readonly cert?: string
  readonly key?: string
}

function credentialsFor(kind: ProvisionedKind, dir: string): ScrapeIdentity {
  const read = (file: { readonly path: string }): string => readFileSync(join(dir, file.path), 'utf8').trim()
  if (kind === 'basic')
    return { headers: { Authorization: `Basic ${Buffer.from(`${SCRAPER}:${read(FILES.password)}`).toString('base64')}` } }
  if (kind === 'bearer') return { headers: { Authorization: `Bearer ${read(FILES.token)}` } }
  return { cert: read(FILES.clientCertificate), key: read(FILES.clientKey) }
}

interface Seen {
  /** 0 when the connection ended without a status. */
  readonly status: number
  readonly series: number
  readonly fault: string
}

const tell = ({ status, series, fault }: Seen): string => (status === 0 ? fault : status === 200 ? `200, ${series} series` : String(status))

async function send(url: string, options: RequestOptions): Promise<Seen> {
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException): void => resolve({ status: 0, series: 0, fault: error.code ?? error.message })
    const open = url.startsWith('https:') ? httpsRequest : httpRequest
    const request = open(url, { ...options, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', fail)
      response.on('end', () => {
        try {
          resolve({
            status: response.statusCode ?? 0,
            series: countSeries(Buffer.concat(chunks), response.headers['content-encoding']),
            fault: '',
          })
        } catch (error) {
          fail(error as NodeJS.ErrnoException)
        }
      })
    })
    request.on('timeout', () => request.destroy(new Error('no answer in time')))
    request.on('error', fail)
    request.end()
  })
}

/** @throws when what came is not what its encoding says. */
function countSeries(body: Buffer, encoding: string | undefined): number {
  const text = (encoding === 'gzip' ? gunzipSync(body) : body).toString()
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length
}
