/** What prom-client checks, with its messages: they are part of its interface. */
import { format, inspect } from 'node:util'
import { quote } from '../names.ts'

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/

/** Labels as callers without types pass them. */
export type AnyLabels = Readonly<Record<string, unknown>>

export const NO_LABELS: AnyLabels = Object.freeze({})

export function validateMetricName(name: string): boolean {
  return METRIC_NAME.test(name)
}

export function validateLabelName(names: readonly string[] = []): boolean {
  return names.every((name) => LABEL_NAME.test(name))
}

/** @throws {TypeError} for a name that would forge a line: names are written as they are. */
export function checkMetricName(name: unknown): void {
  if (typeof name === 'string' && validateMetricName(name)) return
  throw new TypeError(`${quote(name)} is not a metric name: a name has letters, digits, "_" and ":". Write it like http_requests_total.`)
}

/** @throws {TypeError} for a name that would forge a label or a line. */
export function checkLabelName(name: string): void {
  if (LABEL_NAME.test(name)) return
  throw new TypeError(`${quote(name)} is not a label name: a name has letters, digits and "_". Write it like status_code.`)
}

/** The value of a label; what every object inherits, such as `constructor`, is none. */
export function labelOf(labels: AnyLabels, name: string): unknown {
  return name in Object.prototype && !Object.hasOwn(labels, name) ? undefined : labels[name]
}

/** @throws {Error} for a label that is not declared. Labels may be missing. */
export function validateLabel(declared: readonly string[], labels: unknown): void {
  for (const label in labels as AnyLabels) {
    if (declared.includes(label)) continue
    throw new Error(`Added label "${label}" is not included in initial labelset: ${inspect(declared)}`)
  }
}

/** As a template makes it of anything: what has no text throws here as it does in prom-client. */
export function textOf(value: unknown): string {
  return `${value as number}`
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/**
 * The labels of `labels(...)` and `remove(...)`: an object as it is, texts by their place.
 * @throws {Error} when there are more or fewer texts than declared labels.
 */
export function labelsOfArguments(declared: readonly string[], args: readonly unknown[]): AnyLabels {
  if (typeof args[0] === 'object') return { ...args[0] }
  if (declared.length !== args.length) {
    throw new Error(
      `Invalid number of arguments (${args.length}): "${args.join(', ')}" for label names (${declared.length}): "${declared.join(', ')}".`,
    )
  }
  const labels: Record<string, unknown> = {}
  for (let index = 0; index < declared.length; index += 1) {
    const name = declared[index] as string
    // Assigned, it would be the prototype.
    if (name === '__proto__') Object.defineProperty(labels, name, { value: args[index], enumerable: true })
    else labels[name] = args[index]
  }
  return labels
}

export function invalidNumber(value: unknown, what: 'Value' | 'Delta' = 'Value'): TypeError {
  return new TypeError(`${what} is not a valid number: ${format(value)}`)
}
