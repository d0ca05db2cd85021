/** Every name that a registry takes is one that a strict parser reads, in every format and escaping. */
import { createRegistry, type Registry } from '@postern/metrics'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseOpenMetrics, parseText } from '../src/parser/index.ts'

const TEXTS = ['', 'text/plain;version=0.0.4', ...escapings('text/plain;version=1.0.0'), ...escapings('text/plain;version=0.0.4')]
const OPENMETRICS = ['application/openmetrics-text;version=1.0.0', ...escapings('application/openmetrics-text;version=1.0.0')]

function escapings(type: string): string[] {
  return ['underscores', 'dots', 'values', 'allow-utf-8'].map((scheme) => `${type};escaping=${scheme}`)
}

const pieces = ['_', '__', ':', 'a', 'b1', '1', 'name', 'le', '_total', '_info', '_created', '_bucket', '_count', '_sum', 'HELP', 'EOF']
const foreign = ['.', ' ', 'é', '😀', '"', '\\', '\n', '#', '{', '}', '=', ',', 'U__', '\t', '\r', '\u0000', '\ufeff']

function nameOf(parts: readonly string[]): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 4 }).map((list) => list.join(''))
}

const KINDS = ['counter', 'gauge', 'histogram', 'summary', 'info', 'state set'] as const

/** One family with one series; false when the registry refuses its names, which it does with a TypeError alone. */
function declare(registry: Registry, kind: (typeof KINDS)[number], name: string, labelNames: readonly string[]): boolean {
  const options = { name, help: 'H.', labelNames }
  const labels = Object.fromEntries(labelNames.map((label) => [label, 'x']))
  try {
    if (kind === 'counter') registry.counter(options).inc(labels)
    else if (kind === 'gauge') registry.gauge(options).set(labels, 1)
    else if (kind === 'histogram') registry.histogram({ ...options, buckets: [1] }).observe(labels, 1)
    else if (kind === 'summary') registry.summary({ ...options, quantiles: [0.5] }).observe(labels, 1)
    else if (kind === 'info') registry.info(options).set(labels)
    else registry.stateSet({ ...options, states: ['on', 'off'] }).set(labels, 'on')
    return true
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return false
  }
}

describe.each([
  { names: 'legacy' as const, parts: pieces },
  { names: 'utf-8' as const, parts: [...pieces, ...foreign] },
])('whatever $names names are declared', ({ names, parts }) => {
  test('they are read back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...KINDS),
        nameOf(parts),
        fc.array(nameOf(parts), { maxLength: 3 }),
        async (kind, name, labelNames) => {
          const registry = createRegistry({ names })
          if (!declare(registry, kind, name, labelNames)) return
          for (const accept of TEXTS) {
            const { families } = parseText((await registry.render({ accept })).body)
            expect(families.length).toBe(1)
          }
          for (const accept of OPENMETRICS) {
            const { families } = parseOpenMetrics((await registry.render({ accept })).body)
            expect(families.length).toBe(1)
          }
        },
      ),
      { numRuns: 400, interruptAfterTimeLimit: 2500 },
    )
  })
})
