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

/** One scrape, up to bytes that can be sent: the string alone may still be a rope of pieces. @param {Registry} registry */
export async function render(registry) {
  const { body } = await registry.render({ accept: undefined })
  return Buffer.from(body)
}

/** One scrape as an answer to a request. @param {Registry} registry @param {import('node:http').ServerResponse} response */
export async function respond(registry, response) {
  const { contentType, body } = await registry.render({ accept: undefined })
  response.setHeader('content-type', contentType)
  response.end(body)
}
