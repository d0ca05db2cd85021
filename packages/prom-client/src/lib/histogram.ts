import { Histogram } from '@postern/metrics/prom-client/parts'

export { Histogram as default, Histogram as 'module.exports' }
