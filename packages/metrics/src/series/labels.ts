/** Labels: their types, their text in an exposition, and the message for a call that got them wrong. */
import { replaceLoneSurrogates } from '../exposition/escape.ts'
import { quote } from '../names.ts'

/** Turned into text with `String()` before anything else looks at it. */
export type LabelValue = string | number | boolean

/** What a call passes: every declared label and no other. The object is read, never kept or changed. */
export type Labels<L extends string> = [L] extends [never] ? Readonly<Record<string, never>> : Readonly<Record<L, LabelValue>>

/** The labels as a parameter that is there only when labels are declared. */
export type LabelArguments<L extends string> = [L] extends [never] ? [] : [labels: Labels<L>]

/** The labels of one series; a family without labels has its only series without them. */
export type SeriesArguments<L extends string> = [L] extends [never] ? [labels?: Labels<L>] : [labels: Labels<L>]

/** Labels as a call without types may pass them: any names, and values that may be missing. */
export type UncheckedLabels = Readonly<Record<string, LabelValue | null | undefined>>

/** A label and its value as text, not yet escaped. */
export type LabelPair = readonly [name: string, value: string]

/** The texts of a series' labels in declared order; undefined where it does not have the label. */
export type LabelsText = readonly (string | undefined)[]

/**
 * Labels as they are now, for a call that needs them more than once or later: each is read once, inherited ones as well, and becomes
 * text where it could change. What is no labels at all is left for {@link readLabels} to refuse.
 */
export function copyLabels(labels: unknown): unknown {
  if (typeof labels !== 'object' || labels === null) return labels
  // The usual object is copied in one step, many times faster than name by name.
  const copy: Record<string, unknown> = Object.getPrototypeOf(labels) === Object.prototype ? { ...labels } : copyInherited(labels)
  for (const name in copy) {
    const value = copy[name]
    if (typeof value !== 'string' && !isFixed(value)) copy[name] = String(value)
  }
  return copy
}

function copyInherited(labels: object): Record<string, unknown> {
  // No prototype, so that no name is a trap.
  const copy: Record<string, unknown> = Object.create(null)
  for (const name in labels) copy[name] = (labels as UncheckedLabels)[name]
  return copy
}

function isFixed(value: unknown): boolean {
  return value === null || (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol')
}

/**
 * The declared labels in declared order, with the text their values have in an exposition: two values that would look the same
 * there, because neither has a UTF-8 form, are the same.
 * @throws {TypeError} when a declared label is missing, undefined or null, or an undeclared one is there.
 */
export function readLabels(owner: string, declared: readonly string[], labels: unknown): LabelPair[] {
  if (labels === null || (typeof labels !== 'object' && labels !== undefined)) {
    throw new TypeError(
      `${owner} was called with ${quote(labels)} for its labels [${list(declared)}]. Pass an object that has each of them.`,
    )
  }
  // What for-in shows is what the fast path of the store reads; a Map, because a key may be `__proto__`.
  const given = new Map<string, unknown>()
  for (const key in labels) given.set(key, (labels as UncheckedLabels)[key])
  const missing = declared.filter((name) => given.get(name) === undefined || given.get(name) === null)
  const unknown = [...given.keys()].filter((name) => !declared.includes(name))
  if (missing.length > 0 || unknown.length > 0) {
    const faults = [
      ...(missing.length > 0 ? [`without a value for [${list(missing)}]`] : []),
      ...(unknown.length > 0 ? [`with the unknown [${list(unknown)}]`] : []),
    ]
    throw new TypeError(
      `${owner} was called with the labels [${list([...given.keys()])}], ${faults.join(' and ')}; it declares [${list(declared)}]. ` +
        'Pass every declared label and no other.',
    )
  }
  return declared.map((name) => [name, replaceLoneSurrogates(String(given.get(name)))])
}

function list(names: readonly string[]): string {
  return names.join(', ')
}
