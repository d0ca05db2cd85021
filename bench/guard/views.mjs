// How fast a view filters an exposition in text, beside a plain copy of it and a filter that splits it into lines.
//   node bench/guard/views.mjs [--rounds 15]
// Megabytes of input for a second of processor time, the best round of each: what else the machine does then counts least. Nothing here
// passes or fails; the budget is 200 MB/s for half of the families hidden and one label dropped or looked through.
import { parseArgs } from 'node:util'
import { createGuard, parseTarget } from '@postern/guard'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } })
const rounds = Math.min(Math.max(Number(values.rounds) || 15, 1), 100)
const TYPE = 'text/plain; version=0.0.4; charset=utf-8'
const CHUNK = 65_536

/** Counters and histograms of two owners in turn, some 9 MB. */
function createExposition() {
  const lines = []
  for (let family = 0; family < 200; family += 1) {
    const name = `${family % 2 ? 'shop' : 'bank'}_service_requests_${family}`
    const isCounter = family % 4 < 2
    lines.push(`# HELP ${name} Requests that were answered, by route.`, `# TYPE ${name} ${isCounter ? 'counter' : 'histogram'}`)
    for (let index = 0; index < (isCounter ? 500 : 40); index += 1) {
      const labels = `route="/api/v1/items/${index}",method="GET",customer="c${index % 50}-${index}"`
      if (isCounter) lines.push(`${name}_total{${labels},code="200"} ${index * 7}`)
      else {
        for (const le of ['0.005', '0.01', '0.05', '0.1', '0.5', '1', '5', '+Inf'])
          lines.push(`${name}_bucket{${labels},le="${le}"} ${index * 7}`)
        lines.push(`${name}_sum{${labels}} ${index * 7.5}`, `${name}_count{${labels}} ${index * 7}`)
      }
    }
  }
  return Buffer.from(`${lines.join('\n')}\n`)
}

const body = createExposition()
/** @type {Buffer[]} */
const chunks = []
for (let at = 0; at < body.length; at += CHUNK) chunks.push(body.subarray(at, at + CHUNK))

/** @param {Omit<import('@postern/guard').ViewOptions, 'name'>} options */
async function filterOf(options) {
  const guard = createGuard({
    credentials: 'none',
    rules: [{ paths: ['/metrics'], credentials: 'none', view: 'v' }],
    views: [{ name: 'v', ...options }],
  })
  const facts = {
    address: undefined,
    method: 'GET',
    target: parseTarget('/metrics'),
    authorization: [],
    header: () => [],
    clientCertificate: undefined,
  }
  const decision = await guard.decide(facts)
  if (!decision.allow || decision.view === undefined) throw new Error('the guard gave no view')
  const { view } = decision
  return () => {
    const filter = view.open(TYPE)
    if (filter === undefined) throw new Error('the view opened no filter')
    let length = 0
    for (const chunk of chunks) length += filter.write(chunk).length
    return length + filter.end().length
  }
}

function copy() {
  let length = 0
  for (const chunk of chunks) length += Buffer.from(chunk).length
  return length
}

/** Half of the families hidden and one label dropped, as one writes it first. It is neither exact nor safe. */
function splitLines() {
  let length = 0
  let rest = ''
  for (const chunk of chunks) {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    const shown = lines.filter((line) => !/^(?:# (?:HELP|TYPE) )?bank_/.test(line)).map((line) => line.replace(/,customer="[^"]*"/, ''))
    length += Buffer.from(shown.map((line) => `${line}\n`).join('')).length
  }
  return length
}

const families = { deny: ['bank_*'] }
const key = '0123456789abcdef0123456789abcdef'
/** @type {[string, () => number][]} */
const cases = [
  ['a plain copy', copy],
  ['lines split, half and a label', splitLines],
  ['nothing hidden', await filterOf({ families: { allow: ['*'] } })],
  ['half of the families hidden', await filterOf({ families })],
  ['half, one label dropped', await filterOf({ families, labels: { drop: ['customer'] } })],
  ['half, one label hashed', await filterOf({ families, labels: { hash: ['customer'], hashKey: key } })],
  ['half, secrets redacted', await filterOf({ families, redact: { patterns: 'secrets', mode: 'redact' } })],
  ['half, series by two selectors', await filterOf({ families, series: { deny: ['{route=~"/api/v2/.*"}', '{code="500"}'] } })],
]

console.log(`${(body.length / 1e6).toFixed(1)} MB in chunks of ${CHUNK / 1024} KiB, best of ${rounds} rounds`)
for (const [name, run] of cases) {
  let best = Infinity
  let length = 0
  for (let round = 0; round < rounds; round += 1) {
    const before = process.cpuUsage()
    length = run()
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, user + system)
  }
  console.log(
    `${name.padEnd(32)}${(body.length / Math.max(best, 1)).toFixed(0).padStart(6)} MB/s  ${(length / 1e6).toFixed(1).padStart(5)} MB out`,
  )
}
