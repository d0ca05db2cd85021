import { Pushgateway } from '@postern/metrics/prom-client/parts'

export { Pushgateway as default, Pushgateway as 'module.exports' }
