/** What is measured, in the order of the table, with the goal of each measure. */
import { calls } from './calls.mjs'
import { memory } from './memory.mjs'
import { rendering } from './rendering.mjs'
import { stall } from './stall.mjs'

/**
 * Does one work with one engine, once, in a process that has done nothing before.
 * @callback Run
 * @param {import('./engines/load.mjs').Engine} engine
 * @param {import('./measure.mjs').Scale} scale
 * @returns {Promise<{ measures: Record<string, number[]>, check?: import('./exposition.mjs').Summary }>} `check` is the same for all engines
 */

/**
 * @typedef {{ times: number } | { below: number }} Goal how many times less than the best peer, or an absolute limit in the unit
 * @typedef {{ title: string, unit: 'ns' | 'ms' | 'B', goal?: Goal, isPlain?: boolean }} Measure `isPlain`: there is nothing to compare
 * @typedef {{ run: Run, measures: Record<string, Measure>, rounds?: number }} Work `rounds`: the most that are worth their time
 */

/** @param {string} title @param {number} [times] @returns {Record<string, Measure>} */
const call = (title, times) => ({ call: times === undefined ? { title, unit: 'ns' } : { title, unit: 'ns', goal: { times } } })

/** @param {string} what @returns {Record<string, Measure>} */
const scrapes = (what) => ({
  first: { title: `render ${what}: first scrape`, unit: 'ms' },
  changed: { title: '  every series changed', unit: 'ms', goal: { times: 10 } },
  some: { title: '  1 % changed', unit: 'ms', goal: { times: 100 } },
  unchanged: { title: '  unchanged', unit: 'ms' },
})

/** @param {string} what @returns {Record<string, Measure>} */
const weights = (what) => ({
  before: { title: `memory per ${what}`, unit: 'B', goal: { times: 2 } },
  after: { title: '  after a scrape', unit: 'B', goal: { times: 2 } },
})

/** @type {Record<string, Work>} */
export const WORKS = {
  inc: { run: calls('inc'), measures: call('counter.inc()') },
  'inc-object': { run: calls('incObject'), measures: call('counter.inc({3 labels})', 4) },
  'inc-child': { run: calls('incChild'), measures: call('counter.labels(...).inc()') },
  'inc-held': { run: calls('incHeld'), measures: call('held child .inc()', 40) },
  'observe-object': { run: calls('observeObject'), measures: call('histogram.observe({3 labels}, v)', 4) },
  'observe-held': { run: calls('observeHeld'), measures: call('held child .observe(v)', 15) },
  'render-counters': { run: rendering('counters'), measures: scrapes('counters') },
  'render-histograms': { run: rendering('histograms'), measures: scrapes('histograms') },
  'memory-counters': { run: memory('counters', true), measures: weights('counter series'), rounds: 2 },
  'memory-counters-alone': { run: memory('counters', false), measures: weights('counter series, its strings too'), rounds: 2 },
  'memory-histograms': { run: memory('histograms', true), measures: weights('histogram'), rounds: 2 },
  'memory-histograms-alone': { run: memory('histograms', false), measures: weights('histogram, its strings too'), rounds: 2 },
  stall: {
    run: stall,
    rounds: 2,
    measures: {
      stall: { title: 'longest stall while very many are scraped', unit: 'ms', goal: { below: 10 } },
      total: { title: '  until the client has all', unit: 'ms' },
      idle: { title: '  longest stall before, idle', unit: 'ms', isPlain: true },
    },
  },
}
