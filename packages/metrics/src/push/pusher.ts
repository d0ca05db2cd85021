/** The pusher: renders a registry and leaves it at a Pushgateway, under one group. */
import { type Answer, exchange } from './exchange.ts'
import { groupingPath, type PushGrouping } from './grouping.ts'
import { type Payload, type PushSource, renderPayload } from './payload.ts'
import { describeCause, PushError, type PushErrorReason, printable } from './push-error.ts'
import { type CompiledTarget, compileTarget, type PushTarget } from './target.ts'
import { createTurns, untilAborted } from './turns.ts'

export interface PushOptions {
  /** Ends the waiting at once, and the exchange unless another caller waits for it. */
  readonly signal?: AbortSignal
}

/**
 * Every method resolves when the gateway has said that it is done, and rejects with a {@link PushError} otherwise; nothing is tried
 * again. One exchange is under way at a time, each rendered when its turn comes, so that nothing old overwrites what is newer; calls of
 * the same method that wait for their turn together are one exchange.
 */
export interface Pusher {
  /** PUT: the registry takes the place of the whole group. */
  push(options?: PushOptions): Promise<void>
  /** POST: each family takes the place of the one with its name; the other families of the group stay. */
  add(options?: PushOptions): Promise<void>
  /** DELETE: takes the group out, whoever pushed it. The registry is not touched, and a group that does not exist is no error. */
  remove(options?: PushOptions): Promise<void>
}

type Method = 'PUT' | 'POST' | 'DELETE'

/**
 * Connects to nothing yet; nothing of it keeps the process alive between pushes.
 * @throws {TypeError} when the target or the grouping cannot be used as it is written, or credentials would travel in clear.
 * @throws {RangeError} when no timer has such a time-out.
 */
export function createPusher(registry: PushSource, target: PushTarget, grouping: PushGrouping): Pusher {
  const compiled = compileTarget(target)
  const path = groupingPath(grouping)
  const takeTurn = createTurns(compiled.timeoutMilliseconds)

  const run = async (method: Method, ending: AbortSignal): Promise<void> => {
    const payload = method === 'DELETE' ? undefined : await render(ending)
    const answer = await exchange(compiled, { method, path, payload }, ending).catch((cause: unknown) => {
      throw failure(
        'unreachable',
        `${describeCause(cause, compiled.secrets)}. Look at url, and at tls where a certificate is not trusted`,
        cause,
        ending,
      )
    })
    if (answer.status < 200 || answer.status >= 300) throw refusal(compiled, method, answer)
  }

  const render = (ending: AbortSignal): Promise<Payload> =>
    untilAborted(renderPayload(registry, compiled.accept, compiled.gzip), ending).catch((cause: unknown) => {
      throw failure('not_rendered', 'the registry could not be rendered. Its error is the cause', cause, ending)
    })

  /** A turn that was aborted has no caller left to hear of it, so that every other end of its signal is the time-out. */
  const failure = (reason: PushErrorReason, what: string, cause: unknown, ending: AbortSignal): PushError => {
    const { origin, timeoutMilliseconds } = compiled
    if (!ending.aborted) return new PushError(reason, `The push to ${origin} failed: ${what}.`, { cause })
    return new PushError(
      'timed_out',
      `The push to ${origin} was not over within ${timeoutMilliseconds} ms. Raise timeoutMilliseconds if the gateway, or the registry, is that slow.`,
    )
  }

  const perform = async (method: Method, { signal }: PushOptions = {}): Promise<void> => {
    try {
      await takeTurn({ kind: method, run: (ending) => run(method, ending) }, signal)
    } catch (error) {
      if (error instanceof PushError || signal?.aborted !== true) throw error
      throw new PushError('aborted', `The push to ${compiled.origin} was ended by its signal.`, { cause: error })
    }
  }

  return {
    push: (options) => perform('PUT', options),
    add: (options) => perform('POST', options),
    remove: (options) => perform('DELETE', options),
  }
}

function refusal({ origin, secrets }: CompiledTarget, method: Method, { status, location, body }: Answer): PushError {
  const words = printable(body, secrets)
  const said = `The Pushgateway at ${origin} answered ${method} with ${status}`
  const init = { status, body: words }
  if (status >= 300 && status < 400) {
    const place = location === undefined ? '' : ` to ${JSON.stringify(printable(location, secrets))}`
    return new PushError('redirected', `${said}, a redirect${place} that is not followed. Write the url of the gateway itself.`, init)
  }
  return new PushError('answered_with_error', `${said}.${advice(status)}${words === '' ? '' : ` It said: ${words}`}`, init)
}

/** What to look at, where the gateway's own words do not say. */
function advice(status: number): string {
  if (status === 401 || status === 403) return ' Look at authorization, or at the certificate in tls.'
  if (status === 404 || status === 405) return ' Look at the path of the url: /metrics/job/… is added to it.'
  return ''
}
