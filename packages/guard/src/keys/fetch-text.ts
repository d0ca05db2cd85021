/** One GET of a small JSON document from an endpoint that is trusted for its keys and for nothing else. */
import { once } from 'node:events'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { readEndpoint } from './endpoint.ts'

/** A set of keys is kilobytes. */
const MAX_BYTES = 1_048_576

/**
 * The body of a 200. Redirects are not followed: keys from elsewhere are somebody else's. The connection is new, ends with the answer
 * and keeps no process alive; its certificate is verified whatever the environment of the process says.
 * @param ca PEM of the authorities that count instead of the public ones
 * @throws {Error} that names the URL and what was wrong
 */
export async function fetchText(url: URL, ca: readonly string[] | undefined, signal: AbortSignal): Promise<string> {
  const send = url.protocol === 'https:' ? requestHttps : requestHttp
  const headers = { accept: 'application/json' }
  const request = send(url, { agent: false, signal, headers, rejectUnauthorized: true, ...(ca === undefined ? {} : { ca: [...ca] }) })
  request.once('socket', (socket) => socket.unref())
  // What comes after the first fault has nobody waiting for it.
  request.on('error', () => {})
  request.end()
  try {
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode} is not 200`)
    return await readBody(response)
  } catch (cause) {
    throw new Error(`${url.href} cannot be read: ${(cause as Error).message}`, { cause })
  } finally {
    request.destroy()
  }
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BYTES) throw new Error('it is larger than 1 MiB')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/**
 * The keys that an issuer names in its discovery document (OpenID Connect Discovery 1.0, 4.2 and 4.3).
 * @throws {Error} as {@link fetchText}, and for a document of another issuer or without a place for keys
 */
export async function fetchDiscovered(
  document: URL,
  issuer: string,
  ca: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<string> {
  const text = await fetchText(document, ca, signal)
  const { issuer: speaker, jwks_uri: place } = parseObject(text)
  if (speaker !== issuer) throw new Error(`${document.href} speaks for another issuer, ${shown(speaker)}`)
  const keys = readEndpoint(place)
  if (typeof keys === 'string') throw new Error(`${document.href} names ${shown(place)} for its keys, which ${keys}`)
  return fetchText(keys, ca, signal)
}

function parseObject(text: string): { readonly issuer?: unknown; readonly jwks_uri?: unknown } {
  try {
    // Of a list, a text or a number both are undefined; null has no members to ask for.
    return (JSON.parse(text) as object | null) ?? {}
  } catch {
    return {}
  }
}

/** What an endpoint sent, short and on one line. */
const shown = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(value.slice(0, 100)) : 'no text')
