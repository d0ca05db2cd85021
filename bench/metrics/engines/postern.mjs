/** Our engine, as built into packages/metrics/dist. The only file of this bench that knows its names. */
import { createRegistry as create } from '@postern/metrics'

/** @typedef {import('@postern/metrics').Registry} Registry */

export const createRegistry = () => create()

/** @param {Registry} registry @param {string} name @param {string[]} labelNames */
export const makeCounter = (registry, name, labelNames) => registry.counter({ name, help: 'A counter of the bench.', labelNames })

/** @param {Registry} registry @param {string} name @param {string[]} labelNames @param {number[]} buckets */
export const makeHistogram = (registry, name, labelNames, buckets) =>
  registry.histogram({ name, help: 'A histogram of the bench.', labelNames, buckets })

/**
 * What a user writes where the labels become known.
 * @param {import('@postern/metrics').Counter<'method' | 'route' | 'status'>} counter @param {string} method @param {string} route @param {string} status
 */
export const incChild = (counter, method, route, status) => counter.labels({ method, route, status }).inc()

/** A child to keep: it has `inc` or `observe`. @param {any} instrument @param {Record<string, string>} labels */
export const held = (instrument, labels) => instrument.labels(labels)

/**
 * One scrape, up to bytes that can be sent, in the pieces in which a server sends them. They are looked at before anything changes, so
 * they are given back at once, as a server does when the last one is on its way.
 * @param {Registry} registry
 */
export async function render(registry) {
  const { body } = await registry.expose({ accept: undefined })
  if (body === undefined) throw new Error('too many scrapes in flight')
  const chunks = []
  for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) chunks.push(chunk)
  body.leave({ bytesInUse: false })
  return chunks
}

/** One scrape as an answer to a request. @param {Registry} registry @param {import('node:http').ServerResponse} response */
export async function respond(registry, response) {
  await registry.handle(response.req, response)
}
