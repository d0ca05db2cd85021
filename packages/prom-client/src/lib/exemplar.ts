import { Exemplar } from '@postern/metrics/prom-client/parts'

export { Exemplar as default, Exemplar as 'module.exports' }
