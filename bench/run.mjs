// The benches by name:
//   npm run bench                     lists them
//   npm run bench -- <name> [...]     runs one, with whatever options follow
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const BENCHES = {
  metrics: { file: 'metrics/index.mjs', about: 'the metrics engine beside the Prometheus clients of npm (--help for its options)' },
  'guard-views': { file: 'guard/views.mjs', about: 'how fast a view filters an exposition (--rounds 15)' },
  'start-up': { file: 'start-up.mjs', about: 'how long a user waits for `postern serve` and for `npm start` (--runs 7)' },
}

const [name, ...rest] = process.argv.slice(2)
const bench = name === undefined || !Object.hasOwn(BENCHES, name) ? undefined : BENCHES[/** @type {keyof typeof BENCHES} */ (name)]

if (bench === undefined) {
  if (name !== undefined) console.error(`There is no bench "${name}". Name one of these:`)
  for (const [known, { about }] of Object.entries(BENCHES)) console.log(`npm run bench -- ${known.padEnd(10)} ${about}`)
  process.exitCode = name === undefined ? 0 : 2
} else {
  const file = fileURLToPath(new URL(bench.file, import.meta.url))
  const { status } = spawnSync(process.execPath, [file, ...rest], { stdio: 'inherit' })
  process.exitCode = status ?? 1
}
