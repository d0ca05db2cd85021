/** A family with many series, which scrapes, memory and stalls are measured on. */
import { BUCKETS, observedTotal, observedValue, SERIES_LABELS, seededRandom, seriesLabels } from './shape.mjs'

/** @typedef {'counters' | 'histograms'} Kind */

/**
 * @typedef {object} Population
 * @property {any} registry
 * @property {(index: number, pod: string) => void} touch adds to one series; new ones have to come in order, from 0
 * @property {() => { lines: number, sum: number }} expected what a scrape has to show by now
 */

/** @param {import('./engines/load.mjs').Engine} engine @param {Kind} kind @returns {Population} */
export function createPopulation(engine, kind) {
  const registry = engine.createRegistry()
  const linesEach = kind === 'counters' ? 1 : BUCKETS.length + 3
  let series = 0
  let sum = 0
  const count = (/** @type {number} */ index, /** @type {number} */ amount) => {
    if (index === series) series += 1
    sum += amount
  }
  const expected = () => ({ lines: series * linesEach, sum })
  if (kind === 'counters') {
    const counter = engine.makeCounter(registry, 'http_requests_total', SERIES_LABELS)
    const touch = (/** @type {number} */ index, /** @type {string} */ pod) => {
      const amount = 1 + (index % 7)
      counter.inc(seriesLabels(index, pod), amount)
      count(index, amount)
    }
    return { registry, touch, expected }
  }
  const histogram = engine.makeHistogram(registry, 'http_duration_seconds', SERIES_LABELS, BUCKETS)
  const random = seededRandom(2)
  const touch = (/** @type {number} */ index, /** @type {string} */ pod) => {
    const value = observedValue(random)
    histogram.observe(seriesLabels(index, pod), value)
    count(index, observedTotal(value))
  }
  return { registry, touch, expected }
}
