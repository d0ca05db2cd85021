/** The two formats prom-client writes, by the names it knows them under. */
import type { OpenMetricsContentType, PrometheusContentType } from './types.ts'

export const PROMETHEUS_CONTENT_TYPE: PrometheusContentType = 'text/plain; version=0.0.4; charset=utf-8'
export const OPENMETRICS_CONTENT_TYPE: OpenMetricsContentType = 'application/openmetrics-text; version=1.0.0; charset=utf-8'
