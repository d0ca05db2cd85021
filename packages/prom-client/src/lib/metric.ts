import { Metric } from '@postern/metrics/prom-client/parts'

const all = { Metric }

export { all as default, all as 'module.exports', Metric }
