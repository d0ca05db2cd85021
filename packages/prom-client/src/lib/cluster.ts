import { AggregatorRegistry } from '@postern/metrics/prom-client/parts'

export { AggregatorRegistry as default, AggregatorRegistry as 'module.exports' }
