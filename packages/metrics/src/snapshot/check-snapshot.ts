/** What others hand over is checked like what programs declare: one bad number would cost every family of the scrape. */
import { isAmount, isCount } from '../amounts.ts'
import { replaceLoneSurrogates } from '../exposition/escape.ts'
import { compileBuckets } from '../instruments/buckets.ts'
import { type FamilyKind, quote } from '../names.ts'
import { createExemplar, type Exemplar } from '../series/exemplar.ts'
import type { LabelValue } from '../series/labels.ts'

type IsAllowed = (value: number) => boolean

const isAny: IsAllowed = () => true

/** Which numbers a kind may have: at most places, and at the last two where those differ. */
const ALLOWED: Record<FamilyKind, { readonly most: IsAllowed; readonly sum: IsAllowed; readonly last: IsAllowed }> = {
  counter: { most: isAmount, sum: isAmount, last: isAmount },
  gauge: { most: isAny, sum: isAny, last: isAny },
  histogram: { most: isCount, sum: isCount, last: isAny },
  summary: { most: isAny, sum: isAny, last: isCount },
  info: { most: isOne, sum: isOne, last: isOne },
  stateset: { most: isFlag, sum: isFlag, last: isFlag },
}

function isOne(value: number): boolean {
  return value === 1
}

function isFlag(value: number): boolean {
  return value === 0 || value === 1
}

/** @throws {TypeError} when it is no kind of family. */
export function checkKind(kind: unknown, name: unknown): asserts kind is FamilyKind {
  if (typeof kind === 'string' && Object.hasOwn(ALLOWED, kind)) return
  throw new TypeError(`The included ${quote(name)} has the kind ${quote(kind)}. Write one of ${Object.keys(ALLOWED).join(', ')}.`)
}

/**
 * Bounds as a histogram has them.
 * @throws {TypeError | RangeError} when they do not ascend, or one is not finite.
 */
export function checkBounds(name: string, bounds: unknown): Float64Array {
  const compiled = compileBuckets(name, bounds)
  if (compiled.length === (bounds as readonly unknown[]).length) return compiled
  throw new RangeError(`The included "${name}" has the bound +Inf. Leave it out: it is always the last bucket.`)
}

/** @throws {TypeError} when one is no number. @throws {RangeError} when it is not from 0 to 1. */
export function checkQuantiles(name: string, quantiles: readonly number[]): readonly number[] {
  const bad = quantiles.findIndex((quantile) => !(typeof quantile === 'number' && quantile >= 0 && quantile <= 1))
  if (bad === -1) return [...quantiles]
  const Refusal = refusalOf(quantiles[bad])
  throw new Refusal(`The included "${name}" has the quantile ${quote(quantiles[bad])}. Write numbers from 0 to 1.`)
}

/** A number is out of its range, anything else of the wrong type. */
function refusalOf(value: unknown): typeof TypeError | typeof RangeError {
  return typeof value === 'number' ? RangeError : TypeError
}

/** @throws {TypeError} when a state set has no label that tells its state. */
export function checkStateLabel(kind: FamilyKind, name: string, labelNames: readonly string[]): void {
  if (kind !== 'stateset' || labelNames.includes(name)) return
  throw new TypeError(`The included state set "${name}" has no label "${name}", which tells its state.`)
}

/** Whether the number at a place of `count` is one that the kind can have. */
export function isAllowedAt(kind: FamilyKind, at: number, count: number, value: number): boolean {
  const { most, sum, last } = ALLOWED[kind]
  return (at === count - 1 ? last : at === count - 2 ? sum : most)(value)
}

/**
 * Exemplars that a scraper can read; undefined in the place of any other: it is no reason to go without the series.
 */
export function readExemplars(name: string, exemplars: readonly (Exemplar | undefined)[]): (Exemplar | undefined)[] {
  return exemplars.map((exemplar) => readExemplar(name, exemplar))
}

/** As {@link readExemplars}, one. */
export function readExemplar(name: string, exemplar: Exemplar | null | undefined): Exemplar | undefined {
  try {
    const { labels, value, timestamp } = exemplar as Exemplar
    if (typeof value !== 'number' || !(Math.abs(timestamp) <= MAX_SECONDS)) return undefined
    return createExemplar(`The included "${name}"`, Object.fromEntries(labels), value, timestamp)
  } catch {
    return undefined
  }
}

/** What a Date can be, in seconds. */
const MAX_SECONDS = 8.64e12

/**
 * The numbers of a series, zero where one is missing: JSON makes null of NaN and the infinities.
 * @throws {TypeError} when one is no number. @throws {RangeError} when its kind cannot have it, such as a counter below zero.
 */
export function readValues(kind: FamilyKind, name: string, values: ArrayLike<unknown>, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, at) => {
    const value = values[at] ?? 0
    if (typeof value === 'number' && isAllowedAt(kind, at, count, value)) return value
    const Refusal = refusalOf(value)
    throw new Refusal(`The included ${kind} "${name}" has the number ${quote(value)} at place ${at}, which it cannot have.`)
  })
}

/** The label texts of a series; JSON makes null of what is undefined. @throws {TypeError} when there are more or fewer than names. */
export function readTexts(name: string, labels: readonly (LabelValue | null | undefined)[], count: number): (string | undefined)[] {
  if (labels.length !== count) {
    throw new TypeError(`The included "${name}" has a series with ${labels.length} label values, and ${count} label names.`)
  }
  return labels.map((label) => (label === undefined || label === null ? undefined : replaceLoneSurrogates(String(label))))
}
