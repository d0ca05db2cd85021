/** What a parsed exposition is made of. All of it is plain data that the caller owns; strings may share memory with the parsed body. */

export type FamilyType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'untyped' | 'unknown' | 'info' | 'stateset' | 'gaugehistogram'

export interface ParsedExemplar {
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
  /** Seconds since the Unix epoch. */
  readonly timestamp: number | undefined
}

export interface ParsedSample {
  /** As on its line, with its suffix: `http_requests_total`, `latency_seconds_bucket`. */
  readonly name: string
  /** In the order of the line. An empty value is kept, although it means the same as no label. */
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
  /** As written: milliseconds since the Unix epoch in the text formats, seconds in OpenMetrics. */
  readonly timestamp: number | undefined
  /** Only OpenMetrics has them. */
  readonly exemplar: ParsedExemplar | undefined
  /** 1-based. */
  readonly line: number
}

export interface ParsedFamily {
  /** A counter's has no `_total` in OpenMetrics, and usually has in the text formats. */
  readonly name: string
  /** Without a TYPE line `untyped` in the text formats and `unknown` in OpenMetrics. */
  readonly type: FamilyType
  /** Undefined without a HELP line and, in OpenMetrics, when it is empty, which means the same there. */
  readonly help: string | undefined
  /** Only OpenMetrics has them. Never empty. */
  readonly unit: string | undefined
  /** In the order of the body. May be empty. */
  readonly samples: readonly ParsedSample[]
}

export interface ParsedExposition {
  /** In the order of the body. */
  readonly families: readonly ParsedFamily[]
}

export interface TextOptions {
  /** Whether names may stand in quotes and hold any character, as in text 1.0.0; true by default. False reads 0.0.4 alone. */
  readonly quotedNames?: boolean
}

export interface OpenMetricsOptions {
  /** Whether names may stand in quotes and hold any character, as after `escaping=allow-utf-8`; true by default. */
  readonly quotedNames?: boolean
  /**
   * Whether `le` and `quantile` must have the one spelling that exposers are asked for (`1.0`, `1e+06`); false by default, because
   * OpenMetrics 1.0 ("Canonical Numbers") bids parsers take the others too. `+Inf` has only one spelling either way.
   */
  readonly canonicalNumbers?: boolean
}
