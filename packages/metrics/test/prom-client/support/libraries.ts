/** The same program run against prom-client itself and against the drop-in, and all that can be seen of it. */
import { createRequire } from 'node:module'
import * as dropIn from '@postern/metrics/prom-client'
import type * as PromClient from 'prom-client'

/** The program's view of either library: without types, as it may pass anything. */
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyClient = any

export const theirs: typeof PromClient = createRequire(import.meta.url)('prom-client')
export const ours: AnyClient = dropIn.default

/** Calls each step and notes what it answered or threw. */
export type Program = (client: AnyClient, registry: AnyClient, step: (act: () => unknown) => void) => void | Promise<void>

export interface Observed {
  /** What steps answered, or the name and message of what they threw. */
  readonly steps: readonly unknown[]
  readonly text: string
  readonly json: string
}

export async function observe(client: AnyClient, program: Program, contentType?: string): Promise<Observed> {
  const registry = new client.Registry(contentType)
  const steps: unknown[] = []
  await program(client, registry, (act) => {
    try {
      const answer = act()
      steps.push(isPlain(answer) ? answer : typeof answer)
    } catch (error) {
      steps.push(error instanceof Error ? `${error.name}: ${error.message}` : error)
    }
  })
  const text = await registry.metrics()
  return { steps, text, json: JSON.stringify(await registry.getMetricsAsJSON()) }
}

/** Objects are compared by what they do: `inc` of prom-client answers one that nobody documented. */
function isPlain(value: unknown): boolean {
  return value === null || (typeof value !== 'object' && typeof value !== 'function') || Array.isArray(value)
}

export const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'
