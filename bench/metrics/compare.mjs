/** From samples to ratios: ours beside the best of the peers, at best and at the median. */
import { OURS } from './engines/load.mjs'
import { spread } from './measure.mjs'
import { WORKS } from './works.mjs'

/** @typedef {ReturnType<typeof spread>} Spread */

/**
 * @typedef {object} Row
 * @property {string} work
 * @property {string} measure
 * @property {import('./works.mjs').Measure} about
 * @property {number} rounds
 * @property {Record<string, Spread>} engines
 * @property {{ minimum: number, median: number } | undefined} ratio how many times less than the best peer ours is
 * @property {'yes' | 'at best' | 'no' | undefined} isReached the goal; `at best`: by the minima alone
 */

/** @param {Record<string, import('./rounds.mjs').WorkResult>} results @returns {Row[]} */
export function compare(results) {
  return Object.entries(results).flatMap(([work, { samples, rounds }]) =>
    Object.entries(WORKS[work]?.measures ?? {}).flatMap(([measure, about]) => {
      const byEngine = samples[measure]
      if (byEngine === undefined) return []
      const engines = Object.fromEntries(Object.entries(byEngine).map(([engine, numbers]) => [engine, spread(numbers)]))
      const ratio = about.isPlain ? undefined : { minimum: ratioOf(engines, 'minimum'), median: ratioOf(engines, 'median') }
      return [{ work, measure, about, rounds, engines, ratio, isReached: judge(about.goal, engines, ratio) }]
    }),
  )
}

/** @param {Record<string, Spread>} engines @param {'minimum' | 'median'} by */
function ratioOf(engines, by) {
  const peers = Object.entries(engines).filter(([name]) => name !== OURS)
  return Math.min(...peers.map(([, peer]) => peer[by])) / ours(engines)[by]
}

/** @param {Record<string, Spread>} engines @returns {Spread} */
const ours = (engines) => /** @type {Spread} */ (engines[OURS])

/** @param {import('./works.mjs').Goal | undefined} goal @param {Record<string, Spread>} engines @param {Row['ratio']} ratio @returns {Row['isReached']} */
function judge(goal, engines, ratio) {
  if (goal === undefined) return undefined
  const reached = (/** @type {'minimum' | 'median'} */ by) =>
    'below' in goal ? ours(engines)[by] < goal.below : ratio !== undefined && ratio[by] >= goal.times
  return reached('median') && reached('minimum') ? 'yes' : reached('minimum') ? 'at best' : 'no'
}
