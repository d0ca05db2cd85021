import { validateLabel, validateLabelName, validateMetricName } from '@postern/metrics/prom-client/parts'

const all = { validateLabel, validateLabelName, validateMetricName }

export { all as default, all as 'module.exports', validateLabel, validateLabelName, validateMetricName }
