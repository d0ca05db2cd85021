import { Registry } from '@postern/metrics/prom-client/parts'

export { globalRegistry } from '@postern/metrics/prom-client/parts'
export { Registry as default, Registry as 'module.exports' }
