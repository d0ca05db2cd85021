import { Counter } from '@postern/metrics/prom-client/parts'

export { Counter as default, Counter as 'module.exports' }
