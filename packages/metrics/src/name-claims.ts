/** Which family has which names of an exposition: a sample must belong to one alone, in every format. */
import { claimedNames, type FamilyKind } from './names.ts'

interface Claimant {
  readonly kind: FamilyKind
  /** As registered. */
  readonly name: string
}

export class NameClaims {
  readonly #owners = new Map<string, string>()

  has(name: string): boolean {
    return this.#owners.has(name)
  }

  /** @throws {TypeError} when a name of the family, in any format, is taken; none is claimed then. */
  claim({ kind, name: family }: Claimant): void {
    const names = claimedNames(kind, family)
    for (const name of names) {
      const owner = this.#owners.get(name)
      if (owner === undefined) continue
      const mend =
        owner === family
          ? 'Share its instrument, or call registry.getOrCreate where code runs again.'
          : 'Give one of them another name, or share one instrument.'
      throw new TypeError(`The ${kind} "${family}" needs the name "${name}", which "${owner}" has taken. ${mend}`)
    }
    for (const name of names) this.#owners.set(name, family)
  }

  release({ kind, name: family }: Claimant): void {
    for (const name of claimedNames(kind, family)) this.#owners.delete(name)
  }

  clear(): void {
    this.#owners.clear()
  }

  /** The names of those families that are asked about with true. */
  takenBy(isAsked: (family: string) => boolean): Set<string> {
    return new Set(Array.from(this.#owners).flatMap(([name, owner]) => (isAsked(owner) ? [name] : [])))
  }
}
