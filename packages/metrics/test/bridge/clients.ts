/** Both libraries under one type, and two expositions as what can be compared. */
import * as prometheusIo from '@prometheus-io/client'
import * as promClient from 'prom-client'
import { type ParsedExposition, parseOpenMetrics, parseText } from '../../src/parser/index.ts'

export type Client = typeof promClient

/** The types of the second differ in what is declared with them, not in what is called here. */
export const CLIENTS: readonly { name: string; client: Client }[] = [
  { name: 'prom-client', client: promClient },
  { name: '@prometheus-io/client', client: prometheusIo as unknown as Client },
]

export const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

/** Of each family its type and help, of each series its number and exemplar; bounds and ranks as numbers, labels in one order. */
export function digest(body: string, format: 'text' | 'openmetrics'): Map<string, string> {
  const parsed: ParsedExposition = format === 'text' ? parseText(body) : parseOpenMetrics(body)
  const facts = new Map<string, string>()
  for (const { name, type, help, samples } of parsed.families) {
    facts.set(`family ${name}`, `${type} ${help}`)
    for (const { name: sample, labels, value, exemplar } of samples) {
      const pairs = Array.from(labels, ([label, text]) => `${label}=${label === 'le' || label === 'quantile' ? Number(text) : text}`)
      const shown = exemplar === undefined ? '' : JSON.stringify([[...exemplar.labels], exemplar.value, exemplar.timestamp])
      facts.set(`${sample}${JSON.stringify(pairs.toSorted((one, other) => (one < other ? -1 : 1)))}`, `${value} ${shown}`)
    }
  }
  return facts
}
