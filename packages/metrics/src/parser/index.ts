export { ExpositionSyntaxError } from './error.ts'
export type {
  FamilyType,
  OpenMetricsOptions,
  ParsedExemplar,
  ParsedExposition,
  ParsedFamily,
  ParsedSample,
  TextOptions,
} from './model.ts'
export { parseOpenMetrics } from './openmetrics.ts'
export { parseText } from './text.ts'
