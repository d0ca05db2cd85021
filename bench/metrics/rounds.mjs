/**
 * Rounds of fresh processes. In each round every work is done by every engine, one engine right after the other, so that a slow minute of
 * the machine is slow for all of them; who comes first changes from round to round.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ENGINES } from './engines/load.mjs'
import { WORKS } from './works.mjs'

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url))
/** A million series of objects, and their exposition, are more than the heap that Node.js allows itself. */
const NODE_OPTIONS = ['--expose-gc', '--max-old-space-size=6144']
const PROCESS_MILLISECONDS = 120_000

/**
 * @typedef {object} WorkResult
 * @property {number} rounds that were done
 * @property {Record<string, Record<string, number[]>>} samples by measure, then by engine
 * @property {import('./exposition.mjs').Summary | undefined} check what every engine's scrape showed
 * @property {Record<string, { name: string, share: number }[]>} tops by engine; empty unless profiled
 */

/**
 * @typedef {object} RoundsRequest
 * @property {string} execPath the Node.js of the processes
 * @property {import('./options.mjs').Options} options
 * @property {(text: string) => void} tell is given a line about each step
 */

/**
 * @param {RoundsRequest} request @returns {Promise<Record<string, WorkResult>>}
 * @throws {Error} when a process fails, or engines that did the same show different scrapes
 */
export async function runRounds({ execPath, options, tell }) {
  const { works, rounds, seconds, isQuick, isProfiled } = options
  /** @type {Record<string, WorkResult>} */
  const results = Object.fromEntries(works.map((work) => [work, { rounds: 0, samples: {}, check: undefined, tops: {} }]))
  /** @type {Map<string, number>} milliseconds of a work's last round */
  const cost = new Map()
  const end = performance.now() + seconds * 1000
  for (let round = 0; round < rounds; round += 1) {
    for (const [work, result] of Object.entries(results)) {
      if (!isDue(work, round, rounds) || performance.now() + (cost.get(work) ?? 0) > end) continue
      const started = performance.now()
      for (const engine of rotate(ENGINES, round)) {
        tell(`round ${round + 1} of ${rounds}: ${work}, ${engine}`)
        collect(result, work, engine, await runWorker(execPath, { engine, work, isQuick, isProfiled }))
      }
      result.rounds += 1
      cost.set(work, performance.now() - started)
    }
  }
  return results
}

/**
 * Whether a work has its turn. One with few rounds has its first at once and the others at the very end, where they take no time from
 * those that need many.
 * @param {string} work @param {number} round from 0 @param {number} rounds
 */
function isDue(work, round, rounds) {
  const most = WORKS[work]?.rounds ?? rounds
  return round === 0 || rounds - round < most
}

/** @param {string} execPath @param {import('./worker.mjs').Task} task */
async function runWorker(execPath, task) {
  const args = [...NODE_OPTIONS, WORKER, JSON.stringify(task)]
  const { stdout } = await promisify(execFile)(execPath, args, { timeout: PROCESS_MILLISECONDS, killSignal: 'SIGKILL' })
  return JSON.parse(stdout)
}

/** @param {WorkResult} result @param {string} work @param {string} engine @param {any} answer */
function collect(result, work, engine, { measures, check, top }) {
  for (const [measure, samples] of Object.entries(measures)) {
    const byEngine = (result.samples[measure] ??= {})
    byEngine[engine] = [...(byEngine[engine] ?? []), ...samples]
  }
  if (top !== undefined) result.tops[engine] = top
  if (check === undefined) return
  const before = (result.check ??= /** @type {import('./exposition.mjs').Summary} */ (check))
  if (check.lines !== before.lines || check.sum !== before.sum) {
    throw new Error(`${work}: ${engine} shows ${JSON.stringify(check)}, the engine before it ${JSON.stringify(before)}`)
  }
}

/** @template T @param {readonly T[]} list @param {number} by @returns {T[]} */
const rotate = (list, by) => [...list.slice(by % list.length), ...list.slice(0, by % list.length)]
