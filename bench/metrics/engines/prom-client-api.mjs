/**
 * prom-client and its kin share one API, and so one adapter. Each runs in a process of its own, so that no call site here ever sees two
 * of them.
 */

/** @param {typeof import('prom-client')} client @returns {import('./load.mjs').Engine} */
export function adaptPromClient(client) {
  const { Registry, Counter, Histogram } = client
  return {
    createRegistry: () => new Registry(),
    makeCounter: (registry, name, labelNames) => new Counter({ name, help: 'A counter of the bench.', labelNames, registers: [registry] }),
    makeHistogram: (registry, name, labelNames, buckets) =>
      new Histogram({ name, help: 'A histogram of the bench.', labelNames, buckets, registers: [registry] }),
    incChild: (counter, method, route, status) => counter.labels(method, route, status).inc(),
    held: (instrument, labels) => instrument.labels(labels),
    // The string alone, which is favourable to them: a server has yet to make it bytes.
    render: (registry) => registry.metrics(),
    respond: async (registry, response) => {
      const body = await registry.metrics()
      response.setHeader('content-type', registry.contentType)
      response.end(body)
    },
  }
}
