// Whether time tells an unknown user from a wrong password, where users have hashes of three costs.
//   node bench/guard/timing.mjs [--samples 300] [--real]
// Attempts of all sorts follow each other in one random order, each with a password of its own. Without --real the costs are 5, 7 and 9
// and it takes half a minute; with it 10, 12 and 14, and a quarter of an hour. Lower costs are the harder test: a difference of
// microseconds is a greater part of them. Prints, and asserts nothing: what is asserted is the mechanism, in the tests.
import { parseArgs } from 'node:util'
import { hash } from '@node-rs/bcrypt'
import { createGuard, parseAddress, parseTarget } from '@postern/guard'
import { quantile, readNumber, separability, shuffle } from './statistics.mjs'

const { values } = parseArgs({ options: { samples: { type: 'string', default: '300' }, real: { type: 'boolean', default: false } } })
const samples = readNumber('samples', values.samples, 10, 10_000)
const costs = values.real ? [10, 12, 14] : [5, 7, 9]
const WARM_UP = 10

const users = Object.fromEntries(await Promise.all(costs.map(async (cost) => [`cost-${cost}`, await hash('right', cost)])))
// A lockout would answer after thirty.
const guard = createGuard({ credentials: [{ type: 'basic', users }], limits: { lockout: false } })

let count = 0
/** Milliseconds until a wrong password is refused. @param {string} user */
async function attempt(user) {
  count += 1
  const authorization = [`Basic ${Buffer.from(`${user}:guess ${count}`).toString('base64')}`]
  const address = parseAddress('192.0.2.1')
  const facts = { address, method: 'GET', target: parseTarget('/metrics'), authorization, header: () => [], clientCertificate: undefined }
  const start = performance.now()
  const decision = await guard.decide(facts)
  const milliseconds = performance.now() - start
  if (decision.allow || decision.reason !== 'bad_credentials') throw new Error(`${user} was answered with ${JSON.stringify(decision)}`)
  return milliseconds
}

/** @type {Map<string, number[]>} */
const times = new Map(['unknown', ...Object.keys(users)].map((user) => [user, []]))
const known = Object.keys(users)
const order = shuffle([
  ...Array.from({ length: samples }, () => 'unknown'),
  ...Array.from({ length: samples }, (_, index) => known[index % known.length] ?? ''),
])
for (let index = 0; index < WARM_UP; index += 1) await attempt(known[index % known.length] ?? '')
const started = performance.now()
for (const user of order) times.get(user)?.push(await attempt(user === 'unknown' ? `nobody-${count}` : user))

const unknown = times.get('unknown') ?? []
const median = quantile(unknown, 0.5)
/** @param {string} name @param {readonly number[]} list */
const row = (name, list) => {
  const own = quantile(list, 0.5)
  const cells = [String(list.length), `${own.toFixed(2)} ms`, (own / median).toFixed(3), separability(list, unknown).toFixed(3)]
  console.log(`${name.padEnd(22)}${cells.map((cell) => cell.padStart(12)).join('')}`)
}
console.log(`${''.padEnd(22)}${['samples', 'median', 'ratio', 'AUC'].map((cell) => cell.padStart(12)).join('')}`)
row('unknown user', unknown)
row(
  'wrong password, all',
  known.flatMap((user) => times.get(user) ?? []),
)
for (const user of known) row(`wrong password, ${user}`, times.get(user) ?? [])
console.log(`\ngoal: ratios from 0.9 to 1.1, AUC below 0.6; ${Math.round((performance.now() - started) / 1000)} s`)
await guard.close()
