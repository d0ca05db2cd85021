/** A push that did not arrive: what happened, and what the gateway said. Its text holds no credential and nothing a terminal would obey. */

/**
 * - `answered_with_error`: the gateway answered, and not with success; `status` and `body` say what.
 * - `redirected`: it answered with a redirect, which is never followed: the credentials are meant for the URL that was written.
 * - `timed_out`: rendering and exchange took longer than `timeoutMilliseconds`. The gateway may have stored the push all the same.
 * - `aborted`: the caller's signal ended it; `cause` is the signal's reason.
 * - `unreachable`: no connection, no trust in its certificate, or an end without an answer; `cause` says which. After the last of them the
 *   gateway may have stored the push all the same.
 * - `not_rendered`: the registry failed, and nothing was sent; `cause` is what it threw.
 */
export type PushErrorReason = 'answered_with_error' | 'redirected' | 'timed_out' | 'aborted' | 'unreachable' | 'not_rendered'

export interface PushErrorInit {
  readonly status?: number | undefined
  readonly body?: string | undefined
  readonly cause?: unknown
}

export class PushError extends Error {
  override readonly name: string = 'PushError'
  readonly reason: PushErrorReason
  /** The gateway's status, when it answered. */
  readonly status: number | undefined
  /** The beginning of what the gateway answered, in one printable line; undefined when it answered nothing. */
  readonly body: string | undefined

  constructor(reason: PushErrorReason, message: string, init: PushErrorInit = {}) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause })
    this.reason = reason
    this.status = init.status
    this.body = init.body
  }
}

/** In characters. The messages of a Pushgateway about inconsistent metrics have two to three hundred. */
const MAX_SHOWN = 500

/**
 * Text from outside, fit to stand in a message: one line, no control, format or unassigned characters, a bounded length.
 * @param secrets taken out wherever they stand, since there are proxies that answer with the request they refuse
 */
export function printable(text: string, secrets: readonly string[]): string {
  const open = secrets.reduce((rest, secret) => rest.replaceAll(secret, '…'), text)
  const line = open.replace(/\s+/gu, ' ').replace(/\p{C}/gu, '\ufffd').trim()
  const characters = Array.from(line)
  return characters.length > MAX_SHOWN ? `${characters.slice(0, MAX_SHOWN).join('')}…` : line
}

/** What Node.js says of a connection that failed. Parts of it, such as the names in a certificate, are the other side's words. */
export function describeCause(cause: unknown, secrets: readonly string[]): string {
  // A name with several addresses: each has failed in its own way, and the whole has no message.
  const errors: readonly unknown[] = cause instanceof AggregateError ? cause.errors : [cause]
  return printable(errors.map((error) => (error instanceof Error ? error.message : String(error))).join('; '), secrets)
}
