/** Which metric has which names of one exposition: prom-client lets two metrics share one, and no reader tells their series apart. */
import { claimedNames, FAMILY_KINDS, type FamilyKind, quote } from '../names.ts'

/** A metric as an exposition shows it. */
export interface Exposed {
  readonly name: string
  readonly type: string
  /** Of samples that are called otherwise than their type has it: only metrics of others have them. */
  readonly sampleNames?: readonly string[]
}

/** Names are taken in the order of registration, so that the same metrics are shown in every scrape. */
export class ExposedNames {
  readonly #isOpenMetrics: boolean
  readonly #owners = new Map<string, Exposed>()

  constructor(isOpenMetrics: boolean) {
    this.#isOpenMetrics = isOpenMetrics
  }

  /** @returns Why the metric cannot be shown beside those before it, which then keep their names; undefined when it can. */
  claim(metric: Exposed): string | undefined {
    const names = this.#namesOf(metric)
    for (const name of names) {
      const owner = this.#owners.get(name)
      if (owner !== undefined) {
        return `The ${metric.type} ${quote(metric.name)} is left out of the exposition: it has the name ${quote(name)}, which is one of the ${owner.type} ${quote(owner.name)}. Rename one of the two.`
      }
    }
    for (const name of names) this.#owners.set(name, metric)
    return undefined
  }

  /** All that a sample of the metric could be called, be there one or not: a reader tells families by these. */
  #namesOf({ name, type, sampleNames = [] }: Exposed): readonly string[] {
    return [...this.#namesOfType(name, type), ...sampleNames]
  }

  #namesOfType(name: string, type: string): readonly string[] {
    if (!isKind(type)) return [name]
    if (this.#isOpenMetrics) return claimedNames(type, name)
    // Text knows no times of birth, and calls a counter as it was registered.
    return type === 'counter' ? [name] : claimedNames(type, name).filter((one) => one !== `${name}_created`)
  }
}

const MAX_WARNINGS = 1000
const warned = new Set<string>()

/** Each text once in the life of the process: many programs merge their registries anew for each scrape. */
export function warnOnce(message: string): void {
  if (warned.has(message) || warned.size >= MAX_WARNINGS) return
  warned.add(message)
  process.emitWarning(message, 'PosternWarning')
}

function isKind(type: string): type is FamilyKind {
  return (FAMILY_KINDS as readonly string[]).includes(type)
}
