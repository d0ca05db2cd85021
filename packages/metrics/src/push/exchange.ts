/** One request to the gateway and its answer, on a connection of its own that ends with it. */
import { type ClientRequest, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Payload } from './payload.ts'
import type { CompiledTarget } from './target.ts'

export interface Answer {
  readonly status: number
  /** Of a redirect. */
  readonly location: string | undefined
  /** The beginning of it, as it came; empty after a success, which is not read. */
  readonly body: string
}

/** In bytes; far more than is shown, so that a secret in it is whole when it is looked for. */
const MAX_READ = 8192

/**
 * Sends the request and reads its answer, no redirect followed. When `signal` ends it, an answer whose status has come still counts.
 * @param path after the target's prefix
 * @throws whatever kept the answer from coming, as Node.js names it
 */
export async function exchange(
  target: CompiledTarget,
  { method, path, payload }: { readonly method: string; readonly path: string; readonly payload: Payload | undefined },
  signal: AbortSignal,
): Promise<Answer> {
  const outgoing = open(target, {
    method,
    path: target.prefix + path,
    headers: {
      ...(target.authorization === undefined ? {} : { Authorization: target.authorization }),
      ...payload?.headers,
    },
    signal,
  })
  try {
    const incoming = await send(outgoing, payload?.bytes)
    const status = incoming.statusCode ?? 0
    const isSuccess = status >= 200 && status < 300
    return { status, location: incoming.headers.location, body: isSuccess ? '' : await readSome(incoming) }
  } finally {
    // Whatever is left of the answer has no reader; without this its connection would keep the process alive.
    outgoing.destroy()
  }
}

function open({ hostname, port, tls }: CompiledTarget, options: RequestOptions): ClientRequest {
  // A connection for each push: a kept one may have ended unseen between two of them, and a PUT cannot tell whether it arrived.
  const common = { ...options, hostname, port, agent: false }
  if (tls === undefined) return requestHttp(common)
  // Verification is said here because a variable of the environment can turn the default off.
  const secured = { ...common, secureContext: tls.context, rejectUnauthorized: true }
  return requestHttps(tls.servername === undefined ? secured : { ...secured, servername: tls.servername })
}

function send(outgoing: ClientRequest, bytes: Uint8Array | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.on('response', resolve)
    // Also after the answer, when a gateway that refuses early has not waited for the body: settled by then, it changes nothing.
    outgoing.on('error', reject)
    // The last word for every end that is neither, such as a change of protocols that nobody asked for.
    outgoing.on('close', () => reject(new Error('the connection ended without an answer')))
    outgoing.end(bytes)
  })
}

async function readSome(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      length += chunk.byteLength
      if (length >= MAX_READ) break
    }
  } catch {
    // Cut short or out of time: the status has said what matters.
  }
  return Buffer.concat(chunks).subarray(0, MAX_READ).toString('utf8')
}
