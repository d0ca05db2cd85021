/** Samples: how often a thing is done until a clock can be trusted with it, and what is left of the numbers afterwards. */

/**
 * How much one process does.
 * @typedef {object} Scale
 * @property {number} samples of calls
 * @property {number} scrapeSamples of each kind of scrape but the first, of which there is one
 * @property {number} sampleMilliseconds the least a sample lasts
 * @property {number} warmUpMilliseconds before the first sample of calls; Node.js 24 runs the code of its middle compiler for 100 ms and more
 * @property {number} warmUpScrapes before the first sample of scrapes
 * @property {number} counters series rendered and weighed
 * @property {number} histograms series rendered and weighed
 * @property {number} manySeries of the stall
 */

/** @type {Scale} */
export const FULL = {
  samples: 3,
  scrapeSamples: 2,
  sampleMilliseconds: 60,
  warmUpMilliseconds: 500,
  warmUpScrapes: 30,
  counters: 100_000,
  histograms: 10_000,
  manySeries: 1_000_000,
}

/** @type {Scale} */
export const QUICK = {
  samples: 2,
  scrapeSamples: 1,
  sampleMilliseconds: 10,
  warmUpMilliseconds: 20,
  warmUpScrapes: 10,
  counters: 4000,
  histograms: 400,
  manySeries: 10_000,
}

/** No sample repeats a scrape more often: the changes between scrapes cost time that nobody sees. */
const MAX_SCRAPES = 200
const MAX_PASSES = 1 << 24

/**
 * Nanoseconds per call, one number for each sample; doubles the passes until they last.
 * @param {(passes: number) => void} run must do `passes * callsPerPass` calls
 * @param {number} callsPerPass
 * @param {Scale} scale
 * @returns {{ nanoseconds: number[], passes: number }} `passes`: how many were made in all
 */
export function sampleCalls(run, callsPerPass, { samples, sampleMilliseconds, warmUpMilliseconds }) {
  let total = 0
  const time = (/** @type {number} */ passes) => {
    const started = performance.now()
    run(passes)
    total += passes
    return performance.now() - started
  }
  let passes = 1
  const warm = performance.now() + warmUpMilliseconds
  for (let last = 0; passes < MAX_PASSES && (last < sampleMilliseconds || performance.now() < warm); ) {
    last = time(passes)
    if (last < sampleMilliseconds) passes *= 2
  }
  const nanoseconds = Array.from({ length: samples }, () => (time(passes) / passes / callsPerPass) * 1e6)
  return { nanoseconds, passes: total }
}

/**
 * Milliseconds per scrape, one number for each sample: as many scrapes as make the sample last, each after a change that is not timed.
 * @param {() => void} change
 * @param {() => unknown} scrape may return a promise
 * @param {(body: any) => void} check sees the last scrape of each sample
 * @param {Scale} scale
 * @returns {Promise<number[]>}
 */
export async function sampleScrapes(change, scrape, check, { scrapeSamples, sampleMilliseconds }) {
  const times = []
  for (let sample = 0; sample < scrapeSamples; sample += 1) {
    let body
    let total = 0
    let scrapes = 0
    collectGarbage()
    while (total < sampleMilliseconds && scrapes < MAX_SCRAPES) {
      change()
      const started = performance.now()
      body = await scrape()
      total += performance.now() - started
      scrapes += 1
    }
    check(body)
    times.push(total / scrapes)
  }
  return times
}

/** The rubbish of what is not timed should not be swept in what is. */
export function collectGarbage() {
  if (globalThis.gc === undefined) throw new Error('the bench needs node --expose-gc')
  globalThis.gc()
}

/** @param {readonly number[]} numbers at least one */
export function spread(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const pick = (/** @type {number} */ index) => /** @type {number} */ (sorted[index])
  const half = Math.floor(sorted.length / 2)
  const median = sorted.length % 2 === 1 ? pick(half) : (pick(half - 1) + pick(half)) / 2
  return { minimum: pick(0), median, maximum: pick(sorted.length - 1), samples: sorted.length }
}
