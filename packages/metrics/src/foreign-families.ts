/** Families of others beside those of a registry: made from snapshots at each scrape, or kept by another room of this package. */
import { claimedNames, quote } from './names.ts'
import type { CollectTask } from './scrape/collection.ts'
import { unlimited } from './series/columns.ts'
import type { Family, FamilyContext } from './series/family.ts'
import type { FamilySnapshot } from './snapshot/family-snapshot.ts'
import { type FamilySource, type LiveSource, restoreFamilies, type SnapshotFailure } from './snapshot/included.ts'

export interface ForeignOptions {
  /** What they are defined with, but for its budget: the limit of a registry is for what its own program declares. */
  readonly context: FamilyContext
  /** The time that a source has at each scrape. */
  readonly timeoutMilliseconds: number
  /** Hears of each family that is left out. */
  readonly fail: SnapshotFailure
  /** Called for attached families that are shown no more. */
  readonly forget: (family: Family) => void
}

interface Included {
  readonly task: CollectTask
  /** What the last `collect` brought. */
  snapshots: readonly FamilySnapshot[]
}

interface Attached {
  readonly source: LiveSource
  readonly task: CollectTask
  /** Those of the last scrape, whose rendered bytes may be kept. */
  shown: ReadonlySet<Family>
}

/** Each source is run like a `collect`; of one that failed nothing is shown. */
export class ForeignFamilies {
  readonly #options: ForeignOptions
  readonly #included = new Set<Included>()
  readonly #attached = new Set<Attached>()

  constructor(options: ForeignOptions) {
    this.#options = options
  }

  /** @returns Ends it. @throws {TypeError} when the source has no name. */
  include(source: FamilySource): () => void {
    const { name } = source
    if (typeof name !== 'string') {
      throw new TypeError(`The source to include has the name ${quote(name)}. Write a text by which its failures are told.`)
    }
    const { timeoutMilliseconds, fail } = this.#options
    const run = async (): Promise<void> => {
      const snapshots: unknown = await source.collect(fail)
      if (!Array.isArray(snapshots)) {
        throw new TypeError(`The included "${name}" has collected ${quote(snapshots)}. Answer an array of families.`)
      }
      included.snapshots = snapshots
    }
    const included: Included = { task: { name, timeoutMilliseconds, run }, snapshots: [] }
    this.#included.add(included)
    return () => void this.#included.delete(included)
  }

  /** @param create Gets what the families are defined with. @returns Ends it. */
  attach(create: (context: FamilyContext) => LiveSource): () => void {
    const { context, timeoutMilliseconds, forget } = this.#options
    const source = create({ ...context, budget: unlimited() })
    const task = { name: source.name, timeoutMilliseconds, run: () => source.refresh() }
    const attached: Attached = { source, task, shown: new Set() }
    this.#attached.add(attached)
    return () => {
      this.#attached.delete(attached)
      for (const family of attached.shown) forget(family)
    }
  }

  /** What is to be run at each scrape. */
  tasks(): CollectTask[] {
    return [...this.#included, ...this.#attached].map(({ task }) => task)
  }

  /** What the sources that have not failed brought last. */
  snapshots(failed: ReadonlySet<CollectTask>): FamilySnapshot[] {
    return Array.from(this.#included).flatMap(({ task, snapshots }) => (failed.has(task) ? [] : snapshots))
  }

  /** The attached families of now whose names are free. @param takenNames Those of the registry's own families; the set is added to. */
  attached(failed: ReadonlySet<CollectTask>, takenNames: () => Set<string>): Family[] {
    if (this.#attached.size === 0) return []
    const { fail, forget } = this.#options
    const families: Family[] = []
    const owners = takenNames()
    for (const attached of this.#attached) {
      const all = new Set(attached.source.families())
      for (const family of attached.shown) if (!all.has(family)) forget(family)
      attached.shown = all
      if (failed.has(attached.task)) continue
      for (const family of all) {
        const names = claimedNames(family.kind, family.name)
        const taken = names.find((name) => owners.has(name))
        if (taken === undefined) families.push(family)
        else fail(new TypeError(`The ${family.kind} "${family.name}" needs the name "${taken}", which is taken.`), family.name)
        for (const name of names) owners.add(name)
      }
    }
    return families
  }

  /** The included families, made for this once. @param others Families in the same exposition, whose names are taken as well. */
  included(failed: ReadonlySet<CollectTask>, others: readonly Family[], isTaken: (name: string) => boolean): Family[] {
    const snapshots = this.snapshots(failed)
    if (snapshots.length === 0) return []
    const { context, fail } = this.#options
    const claimed = new Set(others.flatMap(({ kind, name }) => claimedNames(kind, name)))
    return restoreFamilies(snapshots, { ...context, budget: unlimited() }, (name) => isTaken(name) || claimed.has(name), fail)
  }
}
