/** The result file: numbers to compare later runs with, and nothing that tells whose machine it was. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { describeEngine, ENGINES } from './engines/load.mjs'

const FOLDER = new URL('../results/', import.meta.url)

/**
 * Writes bench/results/<name>.json.
 * @param {string} name @param {string} node version of the processes @param {import('./compare.mjs').Row[]} rows
 * @returns {string} the file, from the root of the repository
 */
export function writeResults(name, node, rows) {
  const [cpu] = cpus()
  const results = {
    machine: {
      cpu: cpu?.model.trim() ?? 'unknown',
      cores: cpus().length,
      memoryGigabytes: Math.round(totalmem() / 2 ** 30),
      platform: process.platform,
      arch: process.arch,
    },
    node,
    engines: Object.fromEntries(ENGINES.map((engine) => [engine, describeEngine(engine).version])),
    rows: rows.map(({ work, measure, about, rounds, engines, ratio, isReached }) => ({
      work,
      measure,
      unit: about.unit,
      rounds,
      engines: Object.fromEntries(ENGINES.map((engine) => [engine, digits(engines[engine])])),
      bestPeerOverOurs: digits(ratio),
      goal: about.goal,
      reached: isReached,
    })),
  }
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(new URL(`${name}.json`, FOLDER), `${JSON.stringify(results, null, 2)}\n`)
  return `bench/results/${name}.json`
}

/** Four digits: the rest is noise, and would make every line of a diff differ. @param {Record<string, number> | undefined} numbers */
const digits = (numbers) =>
  numbers && Object.fromEntries(Object.entries(numbers).map(([key, value]) => [key, Number(value.toPrecision(4))]))
