/** How long one scrape of very many series keeps everything else waiting: a real server, and a client in another process. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { verify } from './exposition.mjs'
import { watchLoop } from './loop-watch.mjs'
import { collectGarbage } from './measure.mjs'
import { createPopulation } from './population.mjs'
import { podName } from './shape.mjs'

const CLIENT = fileURLToPath(new URL('stall-client.mjs', import.meta.url))
const WARM_SERIES = 1000
const WARM_SCRAPES = 5
const IDLE_MILLISECONDS = 100

/** @type {import('./works.mjs').Run} */
export async function stall(engine, scale) {
  const warm = createPopulation(engine, 'counters')
  for (let index = 0; index < WARM_SERIES; index += 1) warm.touch(index, podName(index))
  const population = createPopulation(engine, 'counters')
  for (let index = 0; index < scale.manySeries; index += 1) population.touch(index, podName(index))

  const watch = watchLoop()
  /** @type {Promise<number> | undefined} */
  let longest
  const server = createServer((request, response) => {
    if (request.url === '/warm') {
      void engine.respond(warm.registry, response)
      return
    }
    watch.reset()
    // The loop has to come round once more, or the turn in which the response ended would be missing.
    longest = once(response, 'finish').then(() => new Promise((resolve) => setImmediate(() => resolve(watch.longest()))))
    void engine.respond(population.registry, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  const client = fork(CLIENT, [String(port)], { execArgv: [] })
  try {
    await scrape(client, '/warm', WARM_SCRAPES)
    collectGarbage()
    await delay(1)
    watch.reset()
    await delay(IDLE_MILLISECONDS)
    const idle = watch.longest()
    const { milliseconds, check } = await scrape(client, '/metrics', 1)
    if (longest === undefined) throw new Error('the scrape never arrived')
    verify(check, population.expected(), 'the large scrape')
    return { check, measures: { stall: [await longest], total: [milliseconds], idle: [idle] } }
  } finally {
    watch.stop()
    client.kill()
    server.close()
    server.closeAllConnections()
  }
}

/**
 * @param {import('node:child_process').ChildProcess} client @param {string} path @param {number} times
 * @returns {Promise<{ milliseconds: number, check: import('./exposition.mjs').Summary }>} of the last scrape
 */
async function scrape(client, path, times) {
  const ended = new AbortController()
  client.once('exit', () => ended.abort(new Error('the client ended before its answer')))
  client.send({ path, times })
  const [answer] = await once(client, 'message', { signal: ended.signal })
  return answer
}
