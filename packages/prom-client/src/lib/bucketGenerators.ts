import { exponentialBuckets, linearBuckets } from '@postern/metrics/prom-client/parts'

const all = { exponentialBuckets, linearBuckets }

export { all as default, all as 'module.exports', exponentialBuckets, linearBuckets }
