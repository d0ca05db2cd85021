/** An exposition that goes through something on its way to one client, and is compressed behind it. */
import { negotiateEncoding, offeredEncodings } from '../exposition/accept-encoding.ts'
import { createCompression } from './compression.ts'
import type { Exposed, ExposeRequest } from './expose.ts'
import { type BodyReader, type ChunkProducer, type ChunkReader, SharedBody } from './shared-body.ts'

/** Bytes in, bytes out. What it answers may be part of what it was given, which it does not write to. */
export interface Transform {
  write(chunk: Uint8Array): Uint8Array
  /** Once, after the last. */
  end(): Uint8Array
}

/** There is no transform for the format. */
export interface NotTransformed {
  readonly status: 406
  readonly headers: Readonly<Record<string, string>>
  readonly body: undefined
}

const NOT_TRANSFORMED: NotTransformed = { status: 406, headers: {}, body: undefined }
const CODINGS = offeredEncodings()

/** The same, with what it renders transformed. The rendering is shared with scrapes that have none. */
export function throughTransform(
  expose: (request: ExposeRequest) => Promise<Exposed>,
  create: (contentType: string) => Transform | undefined,
): (request: ExposeRequest) => Promise<Exposed | NotTransformed> {
  return async ({ acceptEncoding, ...request }) => {
    const exposed = await expose(request)
    if (exposed.body === undefined) return exposed
    const transform = create(exposed.headers['Content-Type'] as string)
    if (transform === undefined) {
      exposed.body.leave({ bytesInUse: false })
      return NOT_TRANSFORMED
    }
    const coding = negotiateEncoding(acceptEncoding, CODINGS)
    const transformed = createTransformed(exposed.body, transform)
    const producer = coding === 'identity' ? transformed : createCompression(readerOf(transformed), coding)
    return {
      status: 200,
      headers: { ...exposed.headers, ...(coding === 'identity' ? {} : { 'Content-Encoding': coding }) },
      body: dismissedWith(exposed.body, readerOf(producer)),
    }
  }
}

/** One reader's own body. */
const readerOf = (producer: ChunkProducer): BodyReader => new SharedBody(producer, () => {}).join(() => {})

function createTransformed(reader: ChunkReader, transform: Transform): ChunkProducer {
  return {
    async advance(emit) {
      const chunk = await reader.read()
      const bytes = chunk === undefined ? transform.end() : transform.write(chunk)
      // What lies in the chunk is copied: the chunk is lent, and is written to again once it is given back.
      if (bytes.length > 0) emit({ bytes: bytes.buffer === chunk?.buffer ? Uint8Array.from(bytes) : bytes, lease: undefined })
      return chunk === undefined
    },
    end() {
      reader.leave({ bytesInUse: false })
    },
  }
}

/** The scrape's place is that of the body that is rendered: who loses it has nothing to read any more. */
function dismissedWith(rendered: BodyReader, reader: BodyReader): BodyReader {
  rendered.signal.addEventListener('abort', () => reader.dismiss(), { once: true })
  return reader
}
