import { aggregators, createAggregator } from '@postern/metrics/prom-client/parts'

const all = { aggregators, AggregatorFactory: createAggregator }

export { aggregators, all as default, all as 'module.exports', createAggregator as AggregatorFactory }
