/** What a user may decide about HTTP metrics, and the one place where those decisions are checked. */
import { DEFAULT_BUCKETS, exponentialBuckets } from '../instruments/buckets.ts'
import { quote } from '../names.ts'
import type { HttpRequest } from './messages.ts'

export const INSTRUMENTS = ['requests', 'duration', 'inFlight', 'requestSize', 'responseSize'] as const
export type HttpInstrument = (typeof INSTRUMENTS)[number]

export interface HttpMetricsOptions {
  /** Put before every name. */
  readonly prefix?: string
  /** Which instruments are made. */
  readonly instruments?: readonly HttpInstrument[]
  /** Other names for instruments; the prefix comes before these too. */
  readonly names?: Readonly<Partial<Record<HttpInstrument, string>>>
  /** Other names for labels, such as `{ status: 'status_code' }`. */
  readonly labelNames?: Readonly<Partial<Record<'method' | 'route' | 'status', string>>>
  /** What the label `status` holds: `404`, or `4xx`. */
  readonly status?: 'code' | 'class'
  /** Seconds. */
  readonly durationBuckets?: readonly number[]
  /** Bytes, of requests and responses. */
  readonly sizeBuckets?: readonly number[]
  /**
   * True for a request that leaves no trace here, such as a scrape. Asked once, before anything else sees the request; when it throws, the
   * request is counted.
   */
  readonly ignore?: (request: HttpRequest) => boolean
  /** Above so many distinct routes the further ones are counted as `other`: a guard against templates that are paths after all. */
  readonly maxRoutes?: number
  /** Told once per kind of trouble: too many routes, or a function of yours that throws. What it throws itself is dropped. */
  readonly onWarning?: (message: string) => void
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

export const DEFAULTS: Required<HttpMetricsOptions> = {
  prefix: '',
  instruments: INSTRUMENTS,
  /** Those of client_golang's promhttp. */
  names: {
    requests: 'http_requests_total',
    duration: 'http_request_duration_seconds',
    inFlight: 'http_requests_in_flight',
    requestSize: 'http_request_size_bytes',
    responseSize: 'http_response_size_bytes',
  },
  labelNames: { method: 'method', route: 'route', status: 'status' },
  status: 'code',
  /** Seconds: 5 ms to 10 s. */
  durationBuckets: DEFAULT_BUCKETS,
  /** Bytes: 100 to 100 million. */
  sizeBuckets: exponentialBuckets(100, 10, 7),
  ignore: () => false,
  maxRoutes: 200,
  onWarning: (message) => process.emitWarning(message, 'PosternWarning'),
  now: () => performance.now(),
}

/** Every option decided. */
export interface HttpPlan extends Required<Omit<HttpMetricsOptions, 'instruments' | 'names' | 'labelNames' | 'prefix'>> {
  /** Whole name of each instrument that is on. */
  readonly names: ReadonlyMap<HttpInstrument, string>
  /** Method, route, status. */
  readonly labelNames: readonly [method: string, route: string, status: string]
}

/**
 * What concerns names and buckets alone, the registry refuses.
 * @throws {TypeError} when an option is of another type, or names what there is not. @throws {RangeError} for `maxRoutes` below one.
 */
export function compileOptions(options: HttpMetricsOptions): HttpPlan {
  const { instruments = DEFAULTS.instruments, prefix = DEFAULTS.prefix, maxRoutes = DEFAULTS.maxRoutes, status = DEFAULTS.status } = options
  for (const key of [...instruments, ...Object.keys(options.names ?? {})]) {
    if (!INSTRUMENTS.includes(key as HttpInstrument)) {
      throw new TypeError(`HTTP metrics have no instrument ${quote(key)}. Name some of ${INSTRUMENTS.join(', ')}.`)
    }
  }
  for (const key of Object.keys(options.labelNames ?? {})) {
    if (!Object.hasOwn(DEFAULTS.labelNames, key)) {
      throw new TypeError(`HTTP metrics have no label ${quote(key)} to rename. Name some of method, route, status.`)
    }
  }
  if (status !== 'code' && status !== 'class') {
    throw new TypeError(`HTTP metrics got the status ${quote(status)}, which is no way to label it. Write 'code' or 'class'.`)
  }
  if (typeof maxRoutes !== 'number') {
    throw new TypeError(`HTTP metrics got maxRoutes ${quote(maxRoutes)}, which is not a number. Write one, such as 200.`)
  }
  if (!Number.isSafeInteger(maxRoutes) || maxRoutes < 1) {
    throw new RangeError(`HTTP metrics got maxRoutes ${maxRoutes}, which is not a positive whole number. Write one, such as 200.`)
  }
  const names = { ...DEFAULTS.names, ...options.names }
  const labels = { ...DEFAULTS.labelNames, ...options.labelNames }
  return {
    names: new Map(instruments.map((instrument) => [instrument, `${prefix}${names[instrument]}`])),
    labelNames: [String(labels.method), String(labels.route), String(labels.status)],
    status,
    maxRoutes,
    durationBuckets: options.durationBuckets ?? DEFAULTS.durationBuckets,
    sizeBuckets: options.sizeBuckets ?? DEFAULTS.sizeBuckets,
    ignore: options.ignore ?? DEFAULTS.ignore,
    onWarning: options.onWarning ?? DEFAULTS.onWarning,
    now: options.now ?? DEFAULTS.now,
  }
}
