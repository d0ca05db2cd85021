import { Summary } from '@postern/metrics/prom-client/parts'

export { Summary as default, Summary as 'module.exports' }
