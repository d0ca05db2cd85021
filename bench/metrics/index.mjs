// Our metrics engine beside the Prometheus clients of npm, all in one run: `npm run bench -- metrics --help`.
// Processes are whole and fresh, times are of this machine, and only the ratios travel. A wrong count or scrape ends the run with an
// error; a goal that is not reached does not.
import { compare } from './compare.mjs'
import { describeEngine, ENGINES } from './engines/load.mjs'
import { nodeBinary, nodeVersion, servesMajor } from './node-versions.mjs'
import { HELP, readOptions } from './options.mjs'
import { writeResults } from './results.mjs'
import { runRounds } from './rounds.mjs'
import { formatProfiles, formatTable } from './table.mjs'
import { WORKS } from './works.mjs'

/** One step at a time on a terminal; a log has no use for them. @param {string} text */
const tell = (text) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`)
}

/** @param {import('./options.mjs').Options} options @param {number | undefined} major */
async function run(options, major) {
  const execPath = major === undefined ? process.execPath : nodeBinary(major)
  const version = nodeVersion(execPath)
  const started = performance.now()
  console.log(`Node.js ${version}, ${options.rounds} ${options.rounds === 1 ? 'round' : 'rounds'}; minimum (median), lower is better\n`)
  const results = await runRounds({ execPath, options, tell })
  tell('')
  if (options.isProfiled) {
    console.log(formatProfiles(results))
    return
  }
  const rows = compare(results)
  console.log(`${formatTable(rows)}\n`)
  for (const note of notes(results, options, version)) console.log(note)
  // Only a whole run may replace the numbers that are kept.
  const isWhole = !options.isQuick && options.works.length === Object.keys(WORKS).length
  const name = `metrics${major === undefined ? '' : `.node-${major}`}${isWhole ? '' : '.local'}`
  console.log(`${Math.round((performance.now() - started) / 1000)} s; numbers in ${writeResults(name, version, rows)}`)
}

/** @param {Record<string, import('./rounds.mjs').WorkResult>} results @param {import('./options.mjs').Options} options @param {string} version */
function notes(results, { isQuick, rounds }, version) {
  const lines = isQuick ? ['A quick run: small, with little repetition. Do not quote it.'] : []
  for (const engine of ENGINES) {
    const { node } = describeEngine(engine)
    if (node !== undefined && !servesMajor(node, Number.parseInt(version.slice(1), 10))) {
      lines.push(`${engine} asks for Node.js ${node}; it ran on ${version} all the same.`)
    }
  }
  for (const [work, { check, rounds: done }] of Object.entries(results)) {
    if (check !== undefined && work.startsWith('render')) {
      lines.push(`${work}: ${check.lines} lines, ${(check.bytes / 1e6).toFixed(1)} MB, the same sum of values from every engine.`)
    }
    if (done < Math.min(rounds, WORKS[work]?.rounds ?? rounds)) lines.push(`${work}: only ${done} rounds in the time allowed.`)
  }
  return lines
}

try {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') console.log(HELP)
  else for (const major of options.nodes) await run(options, major)
} catch (error) {
  tell('')
  console.error(error instanceof TypeError ? error.message : error)
  process.exitCode = 1
}
