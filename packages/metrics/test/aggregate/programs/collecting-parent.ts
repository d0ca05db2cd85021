/** Collects from the process that started it, and scrapes when it is told. */
import { createRegistry } from '@postern/metrics'
import { Collector } from '../../../src/aggregate/collector.ts'

const kind = { word: 'worker', own: 'primary', timeoutMilliseconds: 2_000 } as const
const { registry, connection } = (() => {
  const collector = new Collector(createRegistry(), kind, {})
  return { registry: collector.registry, connection: collector.connect((order) => void process.send?.(order)) }
})()
process.on('message', (message: object) => {
  connection.receive(message)
  if ('scrape' in message) void registry.render({ accept: undefined }).then(({ body }) => process.send?.({ lines: body.split('\n') }))
})
process.on('disconnect', () => process.exit(0))
process.send?.({ ready: true })
