/**
 * The labels and values every engine is given: three methods, fifty routes and three statuses for calls; for scrapes 977 routes and one
 * pod for each series. Seeded, so that all engines and all runs see the same order.
 */

export const CALL_LABELS = ['method', 'route', 'status']
export const SERIES_LABELS = ['method', 'route', 'status', 'pod']
export const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Calls in one pass of a loop. Long enough that no engine gains by remembering the last label set. */
export const PASS = 4096

/** Constants, as a router's and a parser's are: V8 interns what has been a key. @param {string} text */
const intern = (text) => /** @type {string} */ (Object.keys({ [text]: true })[0])

const METHODS = ['GET', 'POST', 'PUT'].map(intern)
const STATUSES = ['/200', '/404', '/500'].map((text) => intern(text.slice(1)))
const CALL_ROUTES = Array.from({ length: 50 }, (_, index) => intern(`/api/v1/items/${index}`))
const ROUTES = Array.from({ length: 977 }, (_, index) => intern(`/api/v1/r${index}`))

/** mulberry32. @param {number} seed @returns {() => number} from 0 to below 1 */
export function seededRandom(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** @template T @param {readonly T[]} list @param {number} index @returns {T} */
const at = (list, index) => /** @type {T} */ (list[index % list.length])

/** One pass of calls in columns: label values, and what to observe with them. */
export function callSequence() {
  const random = seededRandom(1)
  const pick = (/** @type {string[]} */ list) => Array.from({ length: PASS }, () => at(list, Math.floor(random() * list.length)))
  const values = Array.from({ length: PASS }, () => observedValue(random))
  return { methods: pick(METHODS), routes: pick(CALL_ROUTES), statuses: pick(STATUSES), values }
}

/** 1/1024 to 12 s, more often short than long; multiples of 1/1024, so that sums are exact in any order. @param {() => number} random */
export const observedValue = (random) => Math.ceil(12 * 1024 * random() ** 4 + Number.EPSILON) / 1024

/** A string that is flat and that nobody else holds, as one read from a socket is. @param {number} index */
export const podName = (index) => Buffer.from(`pod-${String(index).padStart(7, '0')}`).toString('latin1')

/** A fresh object, as calls pass; all but the pod are constants. @param {number} index @param {string} pod */
export const seriesLabels = (index, pod) => ({
  method: at(METHODS, index),
  route: at(ROUTES, index),
  status: at(STATUSES, Math.floor(index / 3)),
  pod,
})

/** A hundredth of the series, each once. @param {number} count @param {() => number} random @returns {Uint32Array} */
export function onePercent(count, random) {
  const chosen = new Set()
  while (chosen.size < Math.max(1, Math.floor(count / 100))) chosen.add(Math.floor(random() * count))
  return Uint32Array.from(chosen)
}

/** What one observation adds to the values of its series' lines: the buckets that hold it, +Inf, the sum and the count. @param {number} value */
export const observedTotal = (value) => BUCKETS.filter((bound) => value <= bound).length + 2 + value
