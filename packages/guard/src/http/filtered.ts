/** An exposition on its way through a view: filtered in its format, or not sent at all. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { Rendered, ServingRegistry } from '../exposition.ts'
import type { View, ViewFilter } from '../views/view.ts'

/** The source answers in a format that cannot be filtered, or cannot be asked for another. */
export class NotFilterable extends Error {
  override readonly name: string = 'NotFilterable'
}

/**
 * The same exposition as the view shows it.
 * @throws {NotFilterable} for a format that cannot be filtered
 * @throws {ViewFault} for one that is whole and cannot be filtered to its end; one in pieces throws it where it is read
 */
export function filterRendered({ contentType, body }: Rendered, view: View): Rendered {
  const filter = view.open(contentType)
  if (filter === undefined) {
    // Nobody will read it: whoever opened a file or a connection for it is told so.
    if (body instanceof Readable) body.destroy()
    throw new NotFilterable(`The view "${view.name}" cannot be served: ${JSON.stringify(contentType)} is no format that can be filtered.`)
  }
  if (typeof body === 'string' || body instanceof Uint8Array) {
    try {
      const chunk = typeof body === 'string' ? Buffer.from(body) : body
      return { contentType, body: Buffer.concat([filter.write(chunk), filter.end()]) }
    } finally {
      view.report(filter.counts)
    }
  }
  const filtered = Readable.from(filterPieces(body, filter, view), { objectMode: false })
  // One that nobody reads has not begun, and would not end what it reads from.
  if (body instanceof Readable) filtered.once('close', () => body.destroy())
  return { contentType, body: filtered }
}

async function* filterPieces(body: AsyncIterable<Uint8Array>, filter: ViewFilter, view: View): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) yield filter.write(chunk)
    yield filter.end()
  } finally {
    view.report(filter.counts)
  }
}

/** Has the registry answer, asked for what can be filtered and with the filter between its exposition and the client. */
export async function serveThrough(
  view: View,
  source: ServingRegistry,
  request: IncomingMessage,
  response: ServerResponse,
  onError: (error: unknown) => void,
): Promise<void> {
  let filter: ViewFilter | undefined
  const transform = (contentType: string): ViewFilter | undefined => {
    filter = view.open(contentType)
    return filter
  }
  await source.handle(request, response, { onError, accept: view.accept(request.headers.accept), transform })
  if (filter !== undefined) view.report(filter.counts)
}
