/** The engines by name, and the small interface that the works are written against. */
import { readFileSync } from 'node:fs'

/**
 * `inc(labels, value)`, `inc()` and `observe(labels, value)` of instruments, and `inc()` and `observe(value)` of children, are spelt
 * alike by all of them, so the works call them directly and no adapter stands in a measured loop.
 * @typedef {object} Engine
 * @property {() => any} createRegistry
 * @property {(registry: any, name: string, labelNames: string[]) => any} makeCounter
 * @property {(registry: any, name: string, labelNames: string[], buckets: number[]) => any} makeHistogram
 * @property {(counter: any, method: string, route: string, status: string) => void} incChild looks a child up and increments it
 * @property {(instrument: any, labels: Record<string, string>) => any} held a child to keep
 * @property {(registry: any) => import("../exposition.mjs").Body | Promise<import("../exposition.mjs").Body>} render one scrape
 * @property {(registry: any, response: import('node:http').ServerResponse) => Promise<void>} respond one scrape over HTTP
 */

/** Ours first; the order of the columns. */
export const ENGINES = ['@postern/metrics', 'prom-client', '@prometheus-io/client', '@platformatic/prom-client']
export const OURS = '@postern/metrics'

/** @param {string} name one of {@link ENGINES} @returns {Promise<Engine>} */
export async function loadEngine(name) {
  if (name === OURS) return import('./postern.mjs')
  const [module, { adaptPromClient }] = await Promise.all([import(name), import('./prom-client-api.mjs')])
  return adaptPromClient(module.default)
}

/**
 * What an engine says of itself.
 * @param {string} name @returns {{ version: string, node: string | undefined }} `node`: the versions of Node.js it asks for
 */
export function describeEngine(name) {
  const { version, engines } = JSON.parse(readFileSync(new URL(`../../../node_modules/${name}/package.json`, import.meta.url), 'utf8'))
  return { version, node: engines?.node }
}
