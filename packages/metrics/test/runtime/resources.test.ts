import { createRegistry } from '@postern/metrics'
import { expect, test } from 'vitest'
import { observeResources } from '../../src/runtime/resources.ts'
import { RuntimeScope } from '../../src/runtime/scope.ts'
import { sampleLines } from '../support/scrape.ts'

class Socket {
  readonly fd = 1
}
class Server {
  readonly fd = 2
}

test('counts by type, and shows a type that is gone as zero', async () => {
  let handles: object[] = [new Socket(), new Server(), new Socket()]
  const registry = createRegistry()
  observeResources(new RuntimeScope(registry, ''), {
    getActiveResourcesInfo: () => ['Timeout'],
    _getActiveHandles: () => handles,
    _getActiveRequests: () => [],
  })
  const lines = (sockets: number, servers: number): string[] => [
    'nodejs_active_resources{type="Timeout"} 1',
    'nodejs_active_resources_total 1',
    `nodejs_active_handles{type="Socket"} ${sockets}`,
    `nodejs_active_handles{type="Server"} ${servers}`,
    `nodejs_active_handles_total ${sockets + servers}`,
    'nodejs_active_requests_total 0',
  ]
  expect(await sampleLines(registry)).toEqual(lines(2, 1))
  handles = [new Server()]
  expect(await sampleLines(registry)).toEqual(lines(0, 1))
})

test('counts what has no class in the total alone', async () => {
  const registry = createRegistry()
  observeResources(new RuntimeScope(registry, ''), { _getActiveHandles: () => [Object.create(null), new Socket()] })
  expect(await sampleLines(registry)).toEqual(['nodejs_active_handles{type="Socket"} 1', 'nodejs_active_handles_total 2'])
})

test('leaves out what a runtime cannot tell', async () => {
  const registry = createRegistry()
  observeResources(new RuntimeScope(registry, ''), {})
  expect(await sampleLines(registry)).toEqual([])
})
