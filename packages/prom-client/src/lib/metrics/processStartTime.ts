import { type DefaultMetricsGroup, GROUPS } from '@postern/metrics/prom-client/parts'

const group = GROUPS['processStartTime'] as DefaultMetricsGroup

export { group as default, group as 'module.exports' }
export const { metricNames } = group
