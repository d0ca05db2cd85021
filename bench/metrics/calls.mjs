/** Counting and observing: what a program pays for each event. */
import { summarize, verify } from './exposition.mjs'
import { sampleCalls } from './measure.mjs'
import { section } from './profile.mjs'
import { BUCKETS, CALL_LABELS, callSequence, observedTotal, PASS } from './shape.mjs'

/** @typedef {import('./engines/load.mjs').Engine} Engine */
/** @typedef {import('./measure.mjs').Scale} Scale */

const { methods, routes, statuses, values } = callSequence()
/** @param {number} i @returns {any} as calls write it out, for what is not timed */
const labelsAt = (i) => ({ method: methods[i], route: routes[i], status: statuses[i] })

/** Loops of one pass each, made over an instrument. Every work runs in a fresh process: only its own loop is ever compiled. */
const LOOPS = {
  inc: (/** @type {any} */ counter) => () => {
    for (let i = 0; i < PASS; i += 1) counter.inc()
  },
  // The object is written out at the call, as in the code of users: what an engine remembers by its identity is worth nothing.
  incObject: (/** @type {any} */ counter) => () => {
    for (let i = 0; i < PASS; i += 1) counter.inc({ method: methods[i], route: routes[i], status: statuses[i] })
  },
  incChild: (/** @type {any} */ counter, /** @type {any} */ engine) => () => {
    for (let i = 0; i < PASS; i += 1) engine.incChild(counter, methods[i], routes[i], statuses[i])
  },
  incHeld: (/** @type {any} */ counter, /** @type {Engine} */ engine) => {
    const children = methods.map((_, i) => engine.held(counter, labelsAt(i)))
    return () => {
      for (let i = 0; i < PASS; i += 1) children[i].inc()
    }
  },
  observeObject: (/** @type {any} */ histogram) => () => {
    for (let i = 0; i < PASS; i += 1) histogram.observe({ method: methods[i], route: routes[i], status: statuses[i] }, values[i])
  },
  observeHeld: (/** @type {any} */ histogram, /** @type {Engine} */ engine) => {
    const children = methods.map((_, i) => engine.held(histogram, labelsAt(i)))
    return () => {
      for (let i = 0; i < PASS; i += 1) children[i].observe(values[i])
    }
  },
}

/**
 * @param {keyof typeof LOOPS} loop
 * @returns {import('./works.mjs').Run}
 */
export const calls = (loop) => async (engine, scale) => {
  const registry = engine.createRegistry()
  const isHistogram = loop.startsWith('observe')
  const labelNames = loop === 'inc' ? [] : CALL_LABELS
  const instrument = isHistogram
    ? engine.makeHistogram(registry, 'bench_seconds', labelNames, BUCKETS)
    : engine.makeCounter(registry, 'bench_total', labelNames)
  const pass = LOOPS[loop](instrument, engine)
  const run = (/** @type {number} */ passes) => {
    for (let done = 0; done < passes; done += 1) pass()
  }
  const { nanoseconds, passes } = await section(() => sampleCalls(run, PASS, scale))

  const series = loop === 'inc' ? 1 : new Set(methods.map((_, i) => JSON.stringify(labelsAt(i)))).size
  const lines = isHistogram ? series * (BUCKETS.length + 3) : series
  const perPass = isHistogram ? values.reduce((sum, value) => sum + observedTotal(value), 0) : PASS
  verify(summarize(await engine.render(registry)), { lines, sum: perPass * passes }, loop)
  return { measures: { call: nanoseconds } }
}
