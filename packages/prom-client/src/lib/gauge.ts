import { Gauge } from '@postern/metrics/prom-client/parts'

export { Gauge as default, Gauge as 'module.exports' }
