import { collectDefaultMetrics } from '@postern/metrics/prom-client/parts'

export { collectDefaultMetrics as default, collectDefaultMetrics as 'module.exports' }
