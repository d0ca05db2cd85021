/** The scraper of the stall: reads everything at once and looks at it later, so as not to slow the server down. */
import { Agent, get } from 'node:http'
import { summarize } from './exposition.mjs'

const port = Number(process.argv[2])
const agent = new Agent({ keepAlive: true })

/** @param {string} path @returns {Promise<{ milliseconds: number, body: Buffer }>} */
function fetchOnce(path) {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const request = get({ host: '127.0.0.1', port, path, agent }, (response) => {
      /** @type {Buffer[]} */
      const chunks = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () => resolve({ milliseconds: performance.now() - started, body: Buffer.concat(chunks) }))
      response.on('error', reject)
    })
    request.on('error', reject)
  })
}

/** Scrapes one after the other, and tells how the last one went. @param {{ path: string, times: number }} order */
async function scrape({ path, times }) {
  for (let time = 1; time < times; time += 1) await fetchOnce(path)
  const { milliseconds, body } = await fetchOnce(path)
  process.send?.({ milliseconds, check: summarize(body) })
}

process.on('message', (/** @type {{ path: string, times: number }} */ order) => void scrape(order))
