// What limits cost: the time they add to a decision, and the memory of a million clients that fail.
//   node bench/guard/limits.mjs [--clients 1000000]
// Beside it, what the same clients weigh as an object, a text and a timer each. Nothing here passes or fails.
import { setImmediate as turn } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createGuard } from '@postern/guard'

setFlagsFromString('--expose-gc')
const collectGarbage = /** @type {() => void} */ (runInNewContext('gc'))

const { values } = parseArgs({ options: { clients: { type: 'string', default: '1000000' } } })
const clients = Math.min(Math.max(Number(values.clients) || 1_000_000, 1_000), 4_000_000)
const CALLS = 100_000
const ROUNDS = 15
const TOKEN = 'a-token-of-many-characters'
const MIB = 1024 * 1024

/** @param {string} name @param {string} value */
const print = (name, value) => console.log(`${name.padEnd(58)} ${value}`)

/** Bytes on the heap and outside of it, after what is dead has gone. */
async function weigh() {
  for (let round = 0; round < 3; round += 1) {
    collectGarbage()
    await turn()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** @typedef {import('@postern/guard').LimitOptions} LimitOptions */

/** @param {LimitOptions} limits */
const guardOf = (limits) => createGuard({ credentials: [{ type: 'bearer', tokens: [{ name: 'prometheus', token: TOKEN }] }], limits })

/** @param {number} low the last 32 bits @param {string} token @returns {import('@postern/guard').RequestFacts} */
const factsOf = (low, token) => ({
  address: { words: [0, 0, 0xffff, low >>> 0], bits: 32 },
  method: 'GET',
  target: { path: '/metrics', query: '' },
  authorization: [`Bearer ${token}`],
  header: () => [],
  clientCertificate: undefined,
})

/** @type {readonly { name: string, limits: LimitOptions }[]} */
const ROWS = [
  { name: 'without limits', limits: { lockout: false } },
  { name: 'with a lockout', limits: {} },
  {
    name: 'with a lockout and the rates of each and of all',
    limits: { perClient: { requests: 1_000_000, perSeconds: 1 }, total: { requests: 1_000_000, perSeconds: 1 } },
  },
]
const benches = ROWS.map(({ name, limits }) => ({ name, guard: guardOf(limits), nanoseconds: Number.POSITIVE_INFINITY }))
const known = Array.from({ length: 16 }, (_, index) => factsOf(0x0a000000 + index, TOKEN))
for (let round = 0; round < ROUNDS; round += 1) {
  for (const bench of benches) {
    // Time of this process, and the least of the rounds: what else the machine does is not counted.
    const since = process.cpuUsage()
    for (let call = 0; call < CALLS; call += 1) {
      const facts = known[call & 15]
      if (facts === undefined || !(await bench.guard.decide(facts)).allow) throw new Error('a limit was hit')
    }
    const { user, system } = process.cpuUsage(since)
    bench.nanoseconds = Math.min(bench.nanoseconds, ((user + system) / CALLS) * 1e3)
  }
}
const bare = benches[0]?.nanoseconds ?? 0
for (const { name, nanoseconds } of benches)
  print(`a decision on a token, ${name}`, `${nanoseconds.toFixed(0)} ns (+${(nanoseconds - bare).toFixed(0)})`)

const guard = guardOf({})
const before = await weigh()
for (let index = 0; index < clients; index += 1) await guard.decide(factsOf(0x0a000000 + index, 'a-guess'))
const grown = (await weigh()) - before
if (!(await guard.decide(factsOf(1, TOKEN))).allow) throw new Error('a good scraper was refused')
print(`${clients} clients that failed, as limits keep them`, `${(grown / MIB).toFixed(1)} MiB`)

/** @type {Map<string, { count: number, timer: NodeJS.Timeout }>} */
const objects = new Map()
const empty = await weigh()
for (let index = 0; index < clients; index += 1) {
  const key = `limits:10.${(index >>> 16) & 255}.${(index >>> 8) & 255}.${index & 255}`
  objects.set(key, { count: 1, timer: setTimeout(() => objects.delete(key), 300_000).unref() })
}
print('the same as an object, a text and a timer each', `${(((await weigh()) - empty) / MIB).toFixed(1)} MiB`)
for (const { timer } of objects.values()) clearTimeout(timer)
