// What a flood of wrong passwords does to a scraper whose password was right before.
//   node bench/guard/flood.mjs [--seconds 20] [--rate 50] [--cost 10]
// A real server here, the scraper (10 times a second, one connection) and the flood (a connection for each guess, from an address of its
// own) each in a process of their own. The same time without the flood first, then with it. Prints, and asserts nothing.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { hash } from '@node-rs/bcrypt'
import { createGuard } from '@postern/guard'
import { createMetricsHandler } from '@postern/guard/node'
import { quantile, readNumber } from './statistics.mjs'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    rate: { type: 'string', default: '50' },
    cost: { type: 'string', default: '10' },
    'no-lockout': { type: 'boolean', default: false },
  },
})
const seconds = readNumber('seconds', values.seconds, 1, 600)
const rate = readNumber('rate', values.rate, 1, 1_000)
const cost = readNumber('cost', values.cost, 4, 14)
const SCRAPES_A_SECOND = 10
const RESOLUTION = 1
const CLIENT = fileURLToPath(new URL('flood-client.mjs', import.meta.url))

// All guesses come from one address, which a lockout sends away after thirty: without it every one of them is hashed, or told to wait.
const guard = createGuard({
  credentials: [{ type: 'basic', users: { prometheus: await hash('right', cost) } }],
  ...(values['no-lockout'] && { limits: { lockout: false } }),
})
const body = Array.from({ length: 500 }, (_, index) => `series_total{index="${index}"} ${index}\n`).join('')
const server = createServer(createMetricsHandler(guard, () => ({ contentType: 'text/plain; version=0.0.4', body })))
server.listen(0)
await once(server, 'listening')
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())

/**
 * @typedef {{ statuses: Record<string, number>, milliseconds: number[] }} Answers
 * @param {{ kind: 'scraper' | 'flood', rate: number, seconds: number }} work @returns {Promise<Answers>}
 */
async function send(work) {
  const client = fork(CLIENT, [JSON.stringify({ ...work, port })], { execArgv: [] })
  const ended = new AbortController()
  client.once('exit', () => ended.abort(new Error('a client ended before its answer')))
  const [answers] = await once(client, 'message', { signal: ended.signal })
  return answers
}

const scraper = { kind: /** @type {const} */ ('scraper'), rate: SCRAPES_A_SECOND, seconds }
const delays = monitorEventLoopDelay({ resolution: RESOLUTION })

/** @param {string} name @param {boolean} isFlooded */
async function phase(name, isFlooded) {
  delays.reset()
  delays.enable()
  const [scrapes, guesses] = await Promise.all([send(scraper), isFlooded ? send({ kind: 'flood', rate, seconds }) : undefined])
  delays.disable()
  const p99 = quantile(scrapes.milliseconds, 0.99)
  const stall = delays.percentile(99) / 1e6 - RESOLUTION
  console.log(
    [
      name.padEnd(16),
      `scrapes ${tell(scrapes.statuses)}, median ${quantile(scrapes.milliseconds, 0.5).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms;`,
      `event loop stalls p99 ${stall.toFixed(1)} ms, longest ${(delays.max / 1e6 - RESOLUTION).toFixed(1)} ms`,
      guesses === undefined ? '' : `; guesses ${tell(guesses.statuses)}`,
    ].join(' '),
  )
  return { p99, stall }
}

/** @param {Record<string, number>} statuses */
const tell = (statuses) =>
  Object.entries(statuses)
    .map(([status, count]) => `${count} × ${status}`)
    .join(', ')

await send({ ...scraper, seconds: 1 })
const before = await phase('without a flood', false)
const during = await phase(`${rate} guesses/s`, true)
const growth = during.p99 - before.p99
console.log(
  `\np99 of a good scrape grows by ${growth.toFixed(1)} ms (goal: below 100); event loop stall p99 ${during.stall.toFixed(1)} ms (goal: below 50)`,
)
server.close()
server.closeAllConnections()
await guard.close()
