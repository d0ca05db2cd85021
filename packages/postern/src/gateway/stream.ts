/** Bytes to a client, at its pace. */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'

/** No faster than the client reads. An error leaves the response open: how it ends then is for the caller to say. */
export async function streamTo(response: ServerResponse, body: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  for await (const chunk of body) {
    if (!response.write(chunk)) await once(response, 'drain', { signal })
  }
  response.end()
  if (!response.writableFinished) await once(response, 'finish', { signal })
}
