/** What a push carries: the registry, rendered and, where it is worth it, compressed. */
import { validateHeaderValue } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

/** Anything that renders itself; our `Registry` does. */
export interface PushSource {
  render(request: { readonly accept: string | undefined }): Promise<{ readonly contentType: string; readonly body: string | Uint8Array }>
}

export interface Payload {
  readonly headers: Readonly<Record<string, string | number>>
  readonly bytes: Uint8Array
}

/** In bytes. A body that fits into one packet with its headers travels no faster compressed. */
export const GZIP_FROM = 1024

const compress = promisify(gzip)

/**
 * @param mayGzip false sends every body as it is
 * @throws what the source rejected with, or a TypeError for a contentType that no header can carry.
 */
export async function renderPayload(source: PushSource, accept: string, mayGzip: boolean): Promise<Payload> {
  const { contentType, body } = await source.render({ accept })
  validateHeaderValue('Content-Type', contentType)
  const plain = typeof body === 'string' ? Buffer.from(body, 'utf8') : body
  const isCompressed = mayGzip && plain.byteLength >= GZIP_FROM
  const bytes = isCompressed ? await compress(plain) : plain
  return {
    headers: {
      'Content-Type': contentType,
      'Content-Length': bytes.byteLength,
      ...(isCompressed ? { 'Content-Encoding': 'gzip' } : {}),
    },
    bytes,
  }
}
