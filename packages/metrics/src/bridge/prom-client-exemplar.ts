/** Exemplars of prom-client, kept where OpenMetrics allows them. */
import { createExemplar, type Exemplar } from '../series/exemplar.ts'
import type { PromClientExemplar } from './prom-client-model.ts'

/**
 * Undefined for none and for one that a scraper would refuse: an exemplar is no reason to go without the series.
 * @param above The bound below its bucket, @param upTo and the upper one.
 */
export function readExemplar(
  owner: string,
  exemplar: PromClientExemplar | null | undefined,
  above: number,
  upTo: number,
): Exemplar | undefined {
  if (exemplar === undefined || exemplar === null) return undefined
  const { labelSet, value, timestamp } = exemplar
  if (typeof value !== 'number' || !(value > above && value <= upTo) || !Number.isFinite(timestamp)) return undefined
  try {
    return createExemplar(owner, labelSet, value, timestamp as number)
  } catch {
    return undefined
  }
}
