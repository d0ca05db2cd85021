/** The clients of flood.mjs, each kind in a process of its own: sends at a fixed rate, whether answers come or not, and tells how it went. */
import { Agent, request } from 'node:http'

const GIVE_UP_MILLISECONDS = 30_000

/** @type {{ kind: 'scraper' | 'flood', rate: number, seconds: number, port: number }} */
const { kind, rate, seconds, port } = JSON.parse(process.argv[2] ?? '')
const agent = new Agent({ keepAlive: kind === 'scraper' })
/** @type {Record<string, number>} */
const statuses = {}
/** @type {number[]} */
const milliseconds = []

/** @param {number} index @returns {Promise<void>} */
function send(index) {
  const auth = kind === 'scraper' ? 'prometheus:right' : `${index % 2 === 0 ? 'prometheus' : `nobody${index}`}:guess ${index}`
  const localAddress = kind === 'scraper' ? '127.0.0.1' : '127.0.0.2'
  const start = performance.now()
  return new Promise((resolve) => {
    const tell = (/** @type {string | number} */ status) => {
      statuses[status] = (statuses[status] ?? 0) + 1
      if (typeof status === 'number') milliseconds.push(performance.now() - start)
      resolve()
    }
    const sent = request({ host: '127.0.0.1', port, path: '/metrics', auth, agent, localAddress, timeout: GIVE_UP_MILLISECONDS })
    sent.once('response', (response) => response.resume().once('end', () => tell(response.statusCode ?? 0)))
    sent.once('timeout', () => sent.destroy(new Error('timeout')))
    sent.once('error', (error) => tell(error.message))
    sent.end()
  })
}

/** @type {Promise<void>[]} */
const sent = []
await new Promise((resolve) => {
  const timer = setInterval(() => {
    sent.push(send(sent.length))
    if (sent.length < rate * seconds) return
    clearInterval(timer)
    resolve(undefined)
  }, 1000 / rate)
})
await Promise.all(sent)
agent.destroy()
process.send?.({ statuses, milliseconds })
process.disconnect()
