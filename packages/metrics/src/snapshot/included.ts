/** Families of others, rendered beside those of a registry: of another library, or of other processes. */
import { claimedNames } from '../names.ts'
import type { Family, FamilyContext } from '../series/family.ts'
import { type FamilySnapshot, restoreSnapshot } from './family-snapshot.ts'

/** Asked at each scrape, within the time that a `collect` has. */
export interface FamilySource {
  /** For messages and for the label `family` of what counts its failures. */
  readonly name: string
  /** @param fail Hears of what is left out while the rest is shown, with the name of its family. */
  collect(fail: SnapshotFailure): readonly FamilySnapshot[] | Promise<readonly FamilySnapshot[]>
}

/** Families that stay the same objects between scrapes, so that a scrape costs what has changed of them. Inside this package. */
export interface LiveSource {
  readonly name: string
  /** Brings them up to date, at each scrape and within the time that a `collect` has. */
  refresh(): Promise<void>
  /** In the order of the exposition. */
  families(): Iterable<Family>
}

export type SnapshotFailure = (error: unknown, name: string) => void

/**
 * Families from snapshots, without those whose names are taken: a sample must belong to one family alone.
 * @param isTaken Whether a name belongs to a family of the registry. @param fail Hears of each that is left out, with its name.
 */
export function restoreFamilies(
  snapshots: readonly FamilySnapshot[],
  context: FamilyContext,
  isTaken: (name: string) => boolean,
  fail: SnapshotFailure,
): Family[] {
  const owners = new Set<string>()
  const families: Family[] = []
  for (const snapshot of snapshots) {
    try {
      const family = restoreSnapshot(snapshot, context)
      const names = claimedNames(family.kind, family.name)
      const taken = names.find((name) => isTaken(name) || owners.has(name))
      if (taken !== undefined) {
        throw new TypeError(`The included ${family.kind} "${family.name}" needs the name "${taken}", which another family has taken.`)
      }
      for (const name of names) owners.add(name)
      families.push(family)
    } catch (error) {
      fail(error, nameOf(snapshot))
    }
  }
  return families
}

/** What is left out may be left out for its name. */
function nameOf(snapshot: unknown): string {
  const isNamed = typeof snapshot === 'object' && snapshot !== null && 'name' in snapshot && typeof snapshot.name === 'string'
  return isNamed ? (snapshot.name as string) : 'unnamed'
}
