/** A server in the place of a Pushgateway, which writes down every request as it came, decoded, and answers as it is told. */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createSecureServer, type ServerOptions } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { type RunningServer, startServer } from '@postern/testkit'

export interface Recorded {
  readonly method: string
  /** As it stood in the request line. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** Decompressed when it was compressed. */
  readonly body: string
}

export interface Recorder extends RunningServer {
  readonly requests: readonly Recorded[]
}

export interface RecorderOptions {
  /** Ends the response in its own time; default 200 at once. */
  readonly answer?: (response: ServerResponse, request: Recorded) => unknown
  readonly tls?: ServerOptions
}

export async function startRecorder({ answer = (response) => response.end(), tls }: RecorderOptions = {}): Promise<Recorder> {
  const requests: Recorded[] = []
  const record = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const bytes = await buffer(request)
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes
    const recorded = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body: body.toString('utf8') }
    requests.push(recorded)
    answer(response, recorded)
  }
  const listener: RequestListener = (request, response) => void record(request, response)
  const server: Server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener)
  return { ...(await startServer(server)), requests }
}
