/**
 * What one decision costs on its hot path: a policy with 64 networks, the last of which holds the client, and a basic pair that was
 * verified before, or a bearer token. Beside it what people put together for the same: basic-auth or express-basic-auth, proxy-addr and
 * ipaddr.js over the same 64 networks. Those compare a plain password; none of them has a hash to spare.
 *
 *   npm run bench -- guard-decide [--rounds 5]
 */

import { createHash, timingSafeEqual } from 'node:crypto'
import { parseArgs } from 'node:util'
import { hashSync } from '@node-rs/bcrypt'
import { createGuard, parseAddress, parseTarget } from '@postern/guard'
import basicAuth from 'basic-auth'
import expressBasicAuth from 'express-basic-auth'
import ipaddr from 'ipaddr.js'
import proxyAddr from 'proxy-addr'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } })
const ROUNDS = Math.min(20, Math.max(1, Number(values.rounds)))
const SAMPLE_MILLISECONDS = 200

const PASSWORD = 'correct horse battery staple'
const TOKEN = 'pst_0123456789abcdef0123456789abcdef'
const NETWORKS = Array.from({ length: 64 }, (_, i) => `10.${i}.0.0/16`)
const CLIENT = '10.63.7.7'
const BASIC = `Basic ${Buffer.from(`prometheus:${PASSWORD}`).toString('base64')}`
const BEARER = `Bearer ${TOKEN}`

/** @param {string} authorization */
const factsOf = (authorization) => ({
  address: parseAddress(CLIENT),
  method: 'GET',
  target: parseTarget('/metrics'),
  authorization: [authorization],
  header: () => [],
  clientCertificate: undefined,
})

const basicGuard = createGuard({
  addresses: { allow: NETWORKS },
  credentials: [{ type: 'basic', users: { prometheus: hashSync(PASSWORD, 4) } }],
})
const bearerGuard = createGuard({
  addresses: { allow: NETWORKS },
  credentials: [
    { type: 'bearer', tokens: Array.from({ length: 64 }, (_, i) => ({ name: `t${i}`, token: i === 63 ? TOKEN : `${TOKEN}${i}` })) },
  ],
})
const [basicFacts, bearerFacts] = [factsOf(BASIC), factsOf(BEARER)]

const parsed = NETWORKS.map((network) => ipaddr.parseCIDR(network))
const request = /** @type {any} */ ({
  headers: { authorization: BASIC },
  connection: { remoteAddress: CLIENT },
  socket: { remoteAddress: CLIENT },
})
const trust = proxyAddr.compile(NETWORKS)
const digest = (/** @type {string} */ text) => createHash('sha256').update(text).digest()
const wanted = digest(PASSWORD)
const middleware = expressBasicAuth({ users: { prometheus: PASSWORD } })

/** @type {Record<string, () => unknown>} each answers true, at once or later */
const WORKS = {
  'guard, basic pair verified before': async () => (await basicGuard.decide(basicFacts)).allow,
  'guard, one of 64 bearer tokens': async () => (await bearerGuard.decide(bearerFacts)).allow,
  'ipaddr.js + basic-auth + sha256': () => {
    const address = ipaddr.process(CLIENT)
    const isAllowed = parsed.some((network) => address.kind() === network[0].kind() && address.match(network))
    const pair = basicAuth(request)
    return isAllowed && pair !== undefined && pair.name === 'prometheus' && timingSafeEqual(digest(pair.pass), wanted)
  },
  'proxy-addr + basic-auth, compared as text': () => {
    const pair = basicAuth(request)
    return trust(CLIENT, 0) && pair?.name === 'prometheus' && pair.pass === PASSWORD
  },
  'proxy-addr + express-basic-auth': () => {
    let isAllowed = false
    if (trust(CLIENT, 0)) middleware(request, /** @type {any} */ ({}), () => (isAllowed = true))
    return isAllowed
  },
}

/** Microseconds per decision. @param {() => unknown} work */
async function sample(work) {
  let count = 0
  const started = performance.now()
  let elapsed = 0
  while (elapsed < SAMPLE_MILLISECONDS) {
    for (let i = 0; i < 500; i += 1) if ((await work()) !== true) throw new Error('a decision went wrong')
    count += 500
    elapsed = performance.now() - started
  }
  return (elapsed / count) * 1000
}

const times = new Map(Object.keys(WORKS).map((name) => [name, /** @type {number[]} */ ([])]))
for (const work of Object.values(WORKS)) await sample(work) // warm
for (let round = 0; round < ROUNDS; round += 1) for (const [name, work] of Object.entries(WORKS)) times.get(name)?.push(await sample(work))

console.log(`Node.js ${process.version}, ${ROUNDS} rounds, 64 networks; microseconds per decision, minimum (median)\n`)
const own = Math.min(.../** @type {number[]} */ (times.get('guard, basic pair verified before')))
for (const [name, list] of times) {
  const sorted = list.toSorted((a, b) => a - b)
  const [minimum = 0, median = 0] = [sorted[0], sorted[Math.floor(sorted.length / 2)]]
  console.log(
    `${name.padEnd(44)} ${minimum.toFixed(2).padStart(7)} (${median.toFixed(2)})${name.startsWith('guard') ? '' : `   ${(minimum / own).toFixed(2)} times ours`}`,
  )
}
const isReached = own < 5
console.log(`\nunder 5 microseconds: ${isReached ? 'yes' : 'NO'}`)
