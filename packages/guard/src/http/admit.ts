/** The guard before a request of node:http: its facts, the decision, and the answer to a denied one. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { TLSSocket } from 'node:tls'
import type { Allow, Decision } from '../decision.ts'
import type { Guard } from '../guard.ts'
import type { RequestFacts } from '../request.ts'
import { parseTarget, type Target } from '../target.ts'
import { readClientCertificate } from '../tls/peer.ts'
import { mayLackFields } from './fields.ts'
import { peerOf } from './peer.ts'
import { writeDenial, writeStatus } from './status.ts'
import { callWhenOver } from './when-over.ts'

/** A request that was allowed: who asks, and for what, read once. */
export interface Admission {
  readonly decision: Allow
  readonly target: Target
}

/** What runs behind the guard. */
export type AdmittedHandler = (request: IncomingMessage, response: ServerResponse, admission: Admission) => void

/** Puts the guard before a handler: denied requests are answered here and never reach it. */
export function guardHandler(guard: Guard, handler: AdmittedHandler): RequestListener {
  return (request, response) => {
    void admit(guard, request, response).then((admission) => {
      if (admission) handler(request, response, admission)
    })
  }
}

/**
 * Decides; a denied request is answered, and undefined is the result. What follows an admission is the caller's.
 * Never rejects: a fault of ours is a denial too.
 * @param target the target as the client sent it, for frameworks that rewrite `request.url`
 */
export async function admit(
  guard: Guard,
  request: IncomingMessage,
  response: ServerResponse,
  target?: string,
): Promise<Admission | undefined> {
  const facts = factsOf(request, target)
  const decision = await decideSafely(guard, facts)
  if (decision.allow || !UNADORNED.has(decision.status)) addHeaders(response, guard.responseHeaders)
  if (decision.allow && decision.done) callWhenOver(request, response, decision.done)
  // Where something else has answered meanwhile (a time limit of the application, say) there is nothing left to say or to show.
  if (response.headersSent) return undefined
  if (!decision.allow) writeDenial(request, response, decision)
  // A target that cannot be read is allowed by no guard of ours, and whoever wrote another one serves nothing by it.
  return decision.allow && facts.target ? { decision, target: facts.target } : undefined
}

/**
 * As {@link admit}, for what goes on to something that cannot filter: whoever may see a part alone is answered 406, since what comes
 * after would show everything.
 */
export async function admitToWhole(
  guard: Guard,
  request: IncomingMessage,
  response: ServerResponse,
  target?: string,
): Promise<Admission | undefined> {
  const admission = await admit(guard, request, response, target)
  if (admission?.decision.view === undefined) return admission
  writeStatus(request, response, 406)
  return undefined
}

/** What the exporters answer without the headers of their configuration: who sees it is no reader of theirs. */
const UNADORNED: ReadonlySet<number> = new Set([429, 500])

function addHeaders(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
  if (response.headersSent) return
  for (const name in headers) response.setHeader(name, headers[name] as string)
}

/** Node sets both for every request that a server received. */
interface ReceivedRequest extends IncomingMessage {
  method: string
  url: string
}

function factsOf(request: IncomingMessage, target: string | undefined): RequestFacts {
  const { socket, method, url } = request as ReceivedRequest
  const lacking = mayLackFields(request)
  return {
    ...peerOf(socket),
    method,
    target: lacking ? undefined : parseTarget(target ?? url),
    authorization: request.headersDistinct['authorization'] ?? [],
    // Of lines that may be missing nothing can be read, whom a proxy speaks for least of all.
    header: (name) => (lacking ? [''] : (request.headersDistinct[name] ?? [])),
    clientCertificate: socket instanceof TLSSocket ? readClientCertificate(socket) : undefined,
  }
}

/** Our own guards never reject; one that somebody else wrote may, and must not end the process by it. */
async function decideSafely(guard: Guard, facts: RequestFacts): Promise<Decision> {
  try {
    return await guard.decide(facts)
  } catch (error) {
    process.emitWarning(`The guard failed: ${String(error)}`, 'PosternWarning')
    return { allow: false, status: 500, reason: 'guard_fault', challenges: [] }
  }
}
