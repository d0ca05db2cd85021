/** A scrape as any server can ask for it, and the answer as any server can send it. */
import type { BodyReader } from './shared-body.ts'

export interface ExposeRequest {
  /** The Accept header as sent, several joined by commas; undefined when there was none. */
  readonly accept: string | undefined
  /** The Accept-Encoding header in the same way. Default: nothing is compressed. */
  readonly acceptEncoding?: string | undefined
  /** The families asked for (`?name[]=`), by their own names or those of their samples; every one when there are none. */
  readonly names?: readonly string[]
}

export type Exposed =
  | {
      readonly status: 200
      readonly headers: Readonly<Record<string, string>>
      /** To be read to the end or left: until then it counts as a scrape in flight, unless its `signal` says that it was ended for another. */
      readonly body: BodyReader
    }
  /** Too many scrapes in flight. */
  | { readonly status: 503; readonly headers: Readonly<Record<string, string>>; readonly body: undefined }

/** Whoever was sent away comes back after that: a scrape takes milliseconds, and a scraper comes again by itself. */
export const RETRY_AFTER_SECONDS = 1
