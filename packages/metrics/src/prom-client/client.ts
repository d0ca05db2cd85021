/** prom-client as programs see it: every export with its types, and the one object that `require` and a default import answer with. */
import { AggregatorRegistry as AggregatorRegistryClass } from './aggregator-registry.ts'
import { type AggregatorFunction, aggregators as aggregatorFunctions } from './aggregators.ts'
import { exponentialBuckets, linearBuckets } from './bucket-generators.ts'
import { OPENMETRICS_CONTENT_TYPE, PROMETHEUS_CONTENT_TYPE } from './content-types.ts'
import { Counter as CounterClass } from './counter.ts'
import { collectDefaultMetrics as collect } from './default-metrics/collect.ts'
import { Gauge as GaugeClass } from './gauge.ts'
import { Histogram as HistogramClass } from './histogram.ts'
import { Pushgateway as PushgatewayClass } from './pushgateway.ts'
import { globalRegistry, Registry as RegistryClass } from './registry.ts'
import { Summary as SummaryClass } from './summary.ts'
import type * as Types from './types.ts'
import { validateMetricName } from './validation.ts'

// The classes take whatever callers without types pass; what callers with types see is prom-client's declaration of them.
export const Counter: Types.CounterConstructor = CounterClass as unknown as Types.CounterConstructor
export const Gauge: Types.GaugeConstructor = GaugeClass as unknown as Types.GaugeConstructor
export const Histogram: Types.HistogramConstructor = HistogramClass as unknown as Types.HistogramConstructor
export const Summary: Types.SummaryConstructor = SummaryClass as unknown as Types.SummaryConstructor
export const Registry: Types.RegistryConstructor = RegistryClass as unknown as Types.RegistryConstructor
export const AggregatorRegistry: Types.AggregatorRegistryConstructor =
  AggregatorRegistryClass as unknown as Types.AggregatorRegistryConstructor
export const Pushgateway: Types.PushgatewayConstructor = PushgatewayClass as unknown as Types.PushgatewayConstructor
export const collectDefaultMetrics: Types.CollectDefaultMetrics = collect as unknown as Types.CollectDefaultMetrics
export const aggregators: Readonly<Record<Types.Aggregator, AggregatorFunction>> = aggregatorFunctions

/** The registry that metrics are in unless they say otherwise. */
export const register: Types.Registry = globalRegistry as unknown as Types.Registry
/** Of the global registry when the program began; that of now is `register.contentType`. */
export const contentType: Types.RegistryContentType = globalRegistry.contentType
export const prometheusContentType: Types.PrometheusContentType = PROMETHEUS_CONTENT_TYPE
export const openMetricsContentType: Types.OpenMetricsContentType = OPENMETRICS_CONTENT_TYPE
export { exponentialBuckets, linearBuckets, validateMetricName }

export interface Client {
  readonly register: Types.Registry
  readonly Registry: Types.RegistryConstructor
  /** That of the global registry, for reading and for setting. */
  contentType: Types.RegistryContentType
  readonly prometheusContentType: Types.PrometheusContentType
  readonly openMetricsContentType: Types.OpenMetricsContentType
  readonly validateMetricName: typeof validateMetricName
  readonly Counter: Types.CounterConstructor
  readonly Gauge: Types.GaugeConstructor
  readonly Histogram: Types.HistogramConstructor
  readonly Summary: Types.SummaryConstructor
  readonly Pushgateway: Types.PushgatewayConstructor
  readonly linearBuckets: typeof linearBuckets
  readonly exponentialBuckets: typeof exponentialBuckets
  readonly collectDefaultMetrics: Types.CollectDefaultMetrics
  readonly aggregators: typeof aggregators
  readonly AggregatorRegistry: Types.AggregatorRegistryConstructor
}

/** An ordinary object, not a module: programs set its `contentType`, and replace its members in their tests. */
export const client: Client = {
  register,
  Registry,
  get contentType() {
    return globalRegistry.contentType
  },
  set contentType(type) {
    globalRegistry.setContentType(type)
  },
  prometheusContentType,
  openMetricsContentType,
  validateMetricName,
  Counter,
  Gauge,
  Histogram,
  Summary,
  Pushgateway,
  linearBuckets,
  exponentialBuckets,
  collectDefaultMetrics,
  aggregators,
  AggregatorRegistry,
}

// Types of the same names as the values above; `Counter.Internal` is how programs name what `labels()` answers.
export type Counter<T extends string = string> = Types.Counter<T>
export type Gauge<T extends string = string> = Types.Gauge<T>
export type Histogram<T extends string = string> = Types.Histogram<T>
export type Summary<T extends string = string> = Types.Summary<T>
export type Registry<B extends Types.RegistryContentType = Types.PrometheusContentType> = Types.Registry<B>
export type AggregatorRegistry<T extends Types.RegistryContentType> = Types.AggregatorRegistry<T>
export type Pushgateway<T extends Types.RegistryContentType> = Types.Pushgateway<T>
export declare namespace Counter {
  type Internal = Types.Counter.Internal
}
export declare namespace Gauge {
  type Internal<T extends string> = Types.Gauge.Internal<T>
}
export declare namespace Histogram {
  type Internal<T extends string> = Types.Histogram.Internal<T>
  type Config = Types.Histogram.Config
}
export declare namespace Summary {
  type Internal<T extends string> = Types.Summary.Internal<T>
  type Config = Types.Summary.Config
}
export declare namespace Pushgateway {
  type Parameters = Types.Pushgateway.Parameters
}

/** The types again, for `import client from 'prom-client'` and `client.Counter<'method'>`. */
export declare namespace client {
  type Counter<T extends string = string> = Types.Counter<T>
  type Gauge<T extends string = string> = Types.Gauge<T>
  type Histogram<T extends string = string> = Types.Histogram<T>
  type Summary<T extends string = string> = Types.Summary<T>
  type Registry<B extends Types.RegistryContentType = Types.PrometheusContentType> = Types.Registry<B>
  type AggregatorRegistry<T extends Types.RegistryContentType> = Types.AggregatorRegistry<T>
  type Pushgateway<T extends Types.RegistryContentType> = Types.Pushgateway<T>
  type Charset = Types.Charset
  type PrometheusMIME = Types.PrometheusMIME
  type PrometheusMetricsVersion = Types.PrometheusMetricsVersion
  type OpenMetricsMIME = Types.OpenMetricsMIME
  type OpenMetricsVersion = Types.OpenMetricsVersion
  type OpenMetricsContentType = Types.OpenMetricsContentType
  type PrometheusContentType = Types.PrometheusContentType
  type RegistryContentType = Types.RegistryContentType
  type Collector = Types.Collector
  type Aggregator = Types.Aggregator
  type MetricType = Types.MetricType
  type Metric<T extends string = string> = Types.Metric<T>
  type CounterConfiguration<T extends string> = Types.CounterConfiguration<T>
  type GaugeConfiguration<T extends string> = Types.GaugeConfiguration<T>
  type HistogramConfiguration<T extends string> = Types.HistogramConfiguration<T>
  type SummaryConfiguration<T extends string> = Types.SummaryConfiguration<T>
  type IncreaseDataWithExemplar<T extends string> = Types.IncreaseDataWithExemplar<T>
  type ObserveDataWithExemplar<T extends string> = Types.ObserveDataWithExemplar<T>
  type DefaultMetricsCollectorConfiguration<T extends Types.RegistryContentType> = Types.DefaultMetricsCollectorConfiguration<T>
  namespace Counter {
    type Internal = Types.Counter.Internal
  }
  namespace Gauge {
    type Internal<T extends string> = Types.Gauge.Internal<T>
  }
  namespace Histogram {
    type Internal<T extends string> = Types.Histogram.Internal<T>
    type Config = Types.Histogram.Config
  }
  namespace Summary {
    type Internal<T extends string> = Types.Summary.Internal<T>
    type Config = Types.Summary.Config
  }
  namespace Pushgateway {
    type Parameters = Types.Pushgateway.Parameters
  }
}
