/** A worker that has counted to seven. */
import { createRegistry } from '@postern/metrics'
import { reportToPrimary } from '../../../src/aggregate/cluster.ts'

const registry = createRegistry()
registry.counter({ name: 'work_total', help: 'Work.' }).inc(7)
reportToPrimary(registry)
