// The benches by name:
//   npm run bench                     lists them
//   npm run bench -- <name> [...]     runs one, with whatever options follow
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const BENCHES = {
  metrics: { file: 'metrics/index.mjs', about: 'the metrics engine beside the Prometheus clients of npm (--help for its options)' },
  'guard-decide': { file: 'guard/decide.mjs', about: 'what a decision costs, beside middleware that does the same (--rounds 5)' },
  'guard-timing': { file: 'guard/timing.mjs', about: 'whether time tells users apart by a wrong password (--samples 300, --real)' },
  'guard-flood': {
    file: 'guard/flood.mjs',
    about: 'a scraper beside a flood of wrong passwords (--seconds 20, --rate 50, --cost 10, --no-lockout)',
  },
  'guard-limits': { file: 'guard/limits.mjs', about: 'what limits cost a request, and what a million failing clients weigh' },
  'guard-views': { file: 'guard/views.mjs', about: 'how fast a view filters an exposition (--rounds 15)' },
  'start-up': { file: 'start-up.mjs', about: 'how long a user waits for `postern serve` and for `npm start` (--runs 7)' },
}

const [name, ...rest] = process.argv.slice(2)
const bench = name === undefined || !Object.hasOwn(BENCHES, name) ? undefined : BENCHES[/** @type {keyof typeof BENCHES} */ (name)]

if (bench === undefined) {
  if (name !== undefined) console.error(`There is no bench "${name}". Name one of these:`)
  for (const [known, { about }] of Object.entries(BENCHES)) console.log(`npm run bench -- ${known.padEnd(13)} ${about}`)
  process.exitCode = name === undefined ? 0 : 2
} else {
  const file = fileURLToPath(new URL(bench.file, import.meta.url))
  const { status } = spawnSync(process.execPath, [file, ...rest], { stdio: 'inherit' })
  process.exitCode = status ?? 1
}
