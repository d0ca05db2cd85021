/**
 * Subpath "@postern/guard/metrics": what the guard tells, as metrics. For `@postern/metrics`, prom-client and whatever makes counters,
 * gauges and histograms; this package depends on none of them.
 */
import type { DecisionEvent, FaultEvent, GuardEvent, WarningEvent } from './events.ts'

/** A registry of `@postern/metrics` is one as it is; {@link fromPromClient} makes one of prom-client. */
export interface InstrumentFactory {
  counter(options: InstrumentOptions): { inc(labels: Labels, value: number): void }
  gauge(options: InstrumentOptions): { set(labels: Labels, value: number): void }
  histogram(options: InstrumentOptions & { readonly buckets: readonly number[] }): { observe(labels: Labels, value: number): void }
}

export interface InstrumentOptions {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly string[]
}

type Labels = Readonly<Record<string, string>>

/** The classes of prom-client, or of a package with the same ones. What they are made with is theirs to name, hence `never`. */
export interface PromClient {
  readonly Counter: new (options: never) => { inc(labels: Labels, value: number): void }
  readonly Gauge: new (options: never) => { set(labels: Labels, value: number): void }
  readonly Histogram: new (options: never) => { observe(labels: Labels, value: number): void }
}

/**
 * `guardMetrics(fromPromClient(client))`.
 * @param registers where the metrics go; left out: the global registry
 */
export function fromPromClient(client: PromClient, registers?: readonly unknown[]): InstrumentFactory {
  const own = (options: InstrumentOptions): never => ({ ...options, ...(registers && { registers }) }) as never
  return {
    counter: (options) => new client.Counter(own(options)),
    gauge: (options) => new client.Gauge(own(options)),
    histogram: (options) => new client.Histogram(own(options)),
  }
}

/** Seconds: from a remembered password to one that had to queue. */
const BUCKETS = [0.000_01, 0.000_1, 0.001, 0.01, 0.1, 0.5, 1, 2.5, 10] as const

/** Principals told apart; a token's issuer may name any number of them. */
const MAX_PRINCIPALS = 200
const OTHER = '__other__'

/**
 * Makes the metrics and answers what counts: `createGuard(policy, { onEvent: guardMetrics(registry) })`. Labels are closed sets and names
 * of the policy, but for principals, which are counted together beyond 200.
 * @throws what the factory throws, for a name that it has already, say
 */
export function guardMetrics(factory: InstrumentFactory): (event: GuardEvent) => void {
  const decisions = factory.counter({
    name: 'postern_guard_decisions_total',
    help: 'Decisions, by what they were, the reason of a denial, and the rule and kind of credential of an allowance.',
    labelNames: ['decision', 'reason', 'rule', 'credential'],
  })
  const principals = factory.counter({
    name: 'postern_guard_allowed_total',
    help: 'Allowed requests by principal.',
    labelNames: ['principal', 'credential'],
  })
  const seconds = factory.histogram({
    name: 'postern_guard_decision_seconds',
    help: 'Time from the facts of a request to its decision.',
    labelNames: ['decision'],
    buckets: [...BUCKETS],
  })
  const faults = factory.counter({ name: 'postern_guard_faults_total', help: 'Faults of the guard itself, each a denial.', labelNames: [] })
  const known = new Set<string>()
  const nameOf = (name: string): string => {
    if (known.has(name)) return name
    if (known.size >= MAX_PRINCIPALS) return OTHER
    known.add(name)
    return name
  }
  const countDecision = ({ decision, milliseconds }: DecisionEvent): void => {
    seconds.observe({ decision: decision.allow ? 'allowed' : 'denied' }, milliseconds / 1000)
    if (decision.allow) {
      const { principal, rule } = decision
      decisions.inc({ decision: 'allowed', reason: '', rule, credential: principal.credential }, 1)
      principals.inc({ principal: nameOf(principal.name), credential: principal.credential }, 1)
    } else decisions.inc({ decision: 'denied', reason: decision.reason, rule: '', credential: '' }, 1)
  }
  const beside = createOtherMetrics(factory)
  faults.inc({}, 0)
  return (event) => {
    if (event.type === 'decision') countDecision(event)
    else if (event.type === 'fault') faults.inc({}, 1)
    else if (event.type !== 'warning') beside(event)
  }
}

type OtherEvent = Exclude<GuardEvent, DecisionEvent | FaultEvent | WarningEvent>

/** What happens between decisions. Families of parts that a policy does not have stay without series. */
function createOtherMetrics(factory: InstrumentFactory): (event: OtherEvent) => void {
  const reloads = factory.counter({
    name: 'postern_guard_reloads_total',
    help: 'Times that the policy or a certificate was read again.',
    labelNames: ['what', 'result'],
  })
  const current = factory.gauge({
    name: 'postern_guard_last_reload_successful',
    help: '1 where the last reload succeeded, 0 where a fault left in force what was good before.',
    labelNames: ['what'],
  })
  const authorities = factory.gauge({
    name: 'postern_guard_authority_up',
    help: '0 while what must vouch for a credential cannot be asked, 1 once it can be again.',
    labelNames: ['credential'],
  })
  const limits = factory.gauge({
    name: 'postern_guard_limits_degraded',
    help: '1 while the store that instances share their limits through is away and each counts for itself.',
    labelNames: [],
  })
  const hidden = factory.counter({
    name: 'postern_guard_view_hidden_total',
    help: 'What views left out of scrapes, by what it was: families, series, values that were redacted, lines that could not be read.',
    labelNames: ['view', 'what'],
  })
  return (event) => {
    switch (event.type) {
      case 'reload':
        reloads.inc({ what: event.what, result: event.ok ? 'success' : 'failure' }, 1)
        current.set({ what: event.what }, event.ok ? 1 : 0)
        return
      case 'authority':
        authorities.set({ credential: event.credential }, event.state === 'recovered' ? 1 : 0)
        return
      case 'limits':
        limits.set({}, event.state === 'degraded' ? 1 : 0)
        return
      case 'view': {
        const { view, hiddenFamilies: families, hiddenSeries: series, redacted, unreadable } = event
        for (const [what, count] of Object.entries({ families, series, redacted, unreadable })) hidden.inc({ view, what }, count)
      }
    }
  }
}
