import { collectDefaultMetrics, createRegistry, type RegistryOptions } from '@postern/metrics'
import { expect, test } from 'vitest'
import { createHttpMetrics } from '../src/http/index.ts'

const registry = createRegistry()

test.each<{ name: string; call: () => unknown; message: string }>([
  {
    name: 'of prom-client, for a gauge',
    call: () => registry.gauge({ name: 'g', help: 'G.', aggregator: 'max' } as never),
    message: 'A gauge has the option "aggregator", which is not known. Write aggregation.',
  },
  {
    name: 'of prom-client, for a summary',
    call: () => registry.summary({ name: 's', help: 'S.', percentiles: [0.5] } as never),
    message: 'A summary has the option "percentiles", which is not known. Write quantiles.',
  },
  {
    name: 'misspelt',
    call: () => createRegistry({ maxSerie: 3 } as RegistryOptions),
    message:
      'The registry has the option "maxSerie", which is not known. There are defaultLabels, names, now, wallClock, onCollectError, collectTimeoutMilliseconds, maxSeries, createdTimestamps, maxScrapesInFlight, maxScrapeStallMilliseconds, sliceMilliseconds, keptBytes.',
  },
  {
    name: 'of no object',
    call: () => registry.counter('a_total' as never),
    message: 'A counter was given "a_total" for its options. Pass an object like { name, help }.',
  },
  {
    name: 'in the place of a registry',
    call: () => collectDefaultMetrics({ prefix: 'x_' } as never),
    message:
      'collectDefaultMetrics was given a value of type object for its registry. Pass the registry first: collectDefaultMetrics(registry, { … }).',
  },
  {
    name: 'where prom-client has the registry',
    call: () => collectDefaultMetrics(registry, { register: registry } as never),
    message: 'collectDefaultMetrics has the option "register", which is not known. Pass the registry as the first argument.',
  },
  {
    name: 'of HTTP metrics',
    call: () => createHttpMetrics(registry, { labels: { route: 'path' } } as never),
    message: 'createHttpMetrics has the option "labels", which is not known. Write labelNames.',
  },
  {
    name: 'of names that there are not',
    call: () => createRegistry({ names: 'utf8' as 'utf-8' }),
    message: `The registry has names "utf8". Write 'legacy' or 'utf-8'.`,
  },
  {
    name: 'of a collect that is no function',
    call: () => registry.gauge({ name: 'g', help: 'G.', collect: 5 as never }),
    message: 'Gauge "g" has the collect 5, which is no function. Pass one, or leave it out.',
  },
])('an option $name is refused', ({ call, message }) => {
  expect(call).toThrow(new TypeError(message))
})

test('nothing was registered by what was refused', async () => {
  expect((await registry.render()).body).toBe('')
})
