/**
 * prom-client 15.1.3 over our engine: `@postern/metrics/prom-client`, and `prom-client` itself by way of the package `@postern/prom-client`.
 * What differs is in docs/reference/prom-client.md.
 */
export {
  AggregatorRegistry,
  aggregators,
  type Client,
  Counter,
  // The one default export of the house: programs write `import client from 'prom-client'`.
  client as default,
  // And what `require` answers with.
  client as 'module.exports',
  collectDefaultMetrics,
  contentType,
  exponentialBuckets,
  Gauge,
  Histogram,
  linearBuckets,
  openMetricsContentType,
  Pushgateway,
  prometheusContentType,
  Registry,
  register,
  Summary,
  validateMetricName,
} from './client.ts'
export type {
  Aggregator,
  Charset,
  Collector,
  CounterConfiguration,
  DefaultMetricsCollectorConfiguration,
  GaugeConfiguration,
  HistogramConfiguration,
  IncreaseDataWithExemplar,
  Metric,
  MetricType,
  ObserveDataWithExemplar,
  OpenMetricsContentType,
  OpenMetricsMIME,
  OpenMetricsVersion,
  PrometheusContentType,
  PrometheusMetricsVersion,
  PrometheusMIME,
  RegistryContentType,
  SummaryConfiguration,
} from './types.ts'
