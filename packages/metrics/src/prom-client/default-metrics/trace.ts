/** The trace under way, without a dependency on OpenTelemetry: its API leaves what it needs at places that are part of its contract. */

interface OpenTelemetryGlobal {
  readonly context?: { active(): { getValue(key: symbol): unknown } }
}

interface Span {
  spanContext(): { readonly traceId: string; readonly spanId: string }
}

/** Version 1 of the API, whatever package has brought it. */
const API = Symbol.for('opentelemetry.js.api.1')
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN')

/** Empty when there is none. */
export function activeTrace(): { traceId?: string; spanId?: string } {
  const api = Reflect.get(globalThis, API) as OpenTelemetryGlobal | undefined
  const span = api?.context?.active().getValue(SPAN) as Span | undefined
  if (span === undefined) return {}
  const { traceId, spanId } = span.spanContext()
  return { traceId, spanId }
}
