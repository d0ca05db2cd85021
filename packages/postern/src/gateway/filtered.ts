/** An upstream's answer on its way through a view: read, filtered, and compressed again where the client takes it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { createGunzip, createGzip } from 'node:zlib'
import type { View, ViewFilter } from '@postern/guard'
import { negotiateEncoding } from '@postern/metrics'
import type { Dispatcher } from 'undici'
import { responseHeaders } from './headers.ts'
import { streamTo } from './stream.ts'

export const LIMITS = {
  inflatedBytes: 268_435_456, // of a compressed answer, however little of it came over the wire
} as const

const CHUNK = { chunkSize: 65_536 } as const
/** Expositions repeat themselves: the fastest level already leaves less than a tenth. */
const GZIP = { level: 1, ...CHUNK } as const

/** The upstream's answer cannot be filtered: nothing of it, or nothing more of it, is sent. */
export class NotFilterable extends Error {
  override readonly name: string = 'NotFilterable'
}

/** @throws {NotFilterable} before the first byte, for a format or coding that cannot be filtered; and whatever ends it after that */
export async function deliverThrough(
  view: View,
  answer: Dispatcher.ResponseData,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  signal: AbortSignal,
): Promise<void> {
  const { 'content-length': _, 'content-encoding': coding = 'identity', ...headers } = responseHeaders(answer.headers)
  if (answer.statusCode !== 200) {
    // What says "later" has no exposition in it, and whatever it has may be more than the view shows.
    answer.body.on('error', () => {}).destroy()
    const { 'content-type': __, ...rest } = headers
    response.writeHead(answer.statusCode, { ...rest, 'content-length': '0' }).end()
    return
  }
  const type = headers['content-type'] ?? ''
  const filter = view.open(type)
  if (filter === undefined) throw unfit(view, `the type ${JSON.stringify(type)}`)
  if (coding !== 'identity' && coding !== 'gzip') throw unfit(view, `the coding ${JSON.stringify(coding)}`)
  const zips = negotiateEncoding(request.headersDistinct['accept-encoding']?.join(), ['gzip']) === 'gzip'
  response.writeHead(200, { ...headers, vary: 'Accept, Accept-Encoding', ...(zips ? { 'content-encoding': 'gzip' } : {}) })
  try {
    // There is nothing to inflate or compress in the answer to a HEAD.
    const hasBody = request.method !== 'HEAD'
    const shown = filterChunks(coding === 'gzip' && hasBody ? inflate(answer.body) : answer.body, filter)
    await streamTo(response, zips && hasBody ? through(Readable.from(shown), createGzip(GZIP)) : shown, signal)
  } finally {
    view.report(filter.counts)
  }
}

async function* filterChunks(chunks: AsyncIterable<Uint8Array>, filter: ViewFilter): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield filter.write(chunk)
  yield filter.end()
}

async function* inflate(body: Readable): AsyncGenerator<Uint8Array> {
  let total = 0
  for await (const chunk of through(body, createGunzip(CHUNK))) {
    total += chunk.length
    if (total > LIMITS.inflatedBytes)
      throw new NotFilterable(`the upstream's answer has more than ${LIMITS.inflatedBytes} bytes uncompressed`)
    yield chunk
  }
}

/** Either ends the other: an error of the first is one of the second, and whoever stops reading stops both. */
function through<Transform extends NodeJS.ReadWriteStream>(from: Readable, transform: Transform): Transform & AsyncIterable<Uint8Array> {
  pipeline(from, transform, () => {})
  return transform as Transform & AsyncIterable<Uint8Array>
}

const unfit = (view: View, what: string): NotFilterable =>
  new NotFilterable(`the view "${view.name}" cannot filter ${what} of the upstream's answer`)
