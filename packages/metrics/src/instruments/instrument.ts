/** What all instruments have in common: a family whose series can be counted and removed. */

import { replaceLoneSurrogates } from '../exposition/escape.ts'
import { quote } from '../names.ts'
import type { Family } from '../series/family.ts'
import type { Labels, LabelValue, UncheckedLabels } from '../series/labels.ts'

export class Instrument<L extends string> {
  /** For the registry and its expositions, which read it. @internal */
  readonly family: Family

  /** @internal */
  constructor(family: Family) {
    this.family = family
  }

  get name(): string {
    return this.family.name
  }

  /** Series there are. */
  get seriesCount(): number {
    return this.family.store.live
  }

  /**
   * Ends the series with exactly these labels; false when there is none, and for a family without labels, whose series is always there.
   * Its numbers are gone, and a handle to it begins anew.
   * @throws {TypeError} when the labels are not the declared ones.
   */
  remove(labels: Labels<L>): boolean {
    const { store } = this.family
    const slot = store.labelNames.length === 0 ? -1 : store.findSlot(labels)
    if (slot === -1) return false
    store.remove(slot)
    store.tidy()
    return true
  }

  /**
   * Ends every series that has these labels, whatever its others are: `removeWhere({ route: '/old' })`. Cost: linear in the series.
   * @returns how many there were.
   * @throws {TypeError} for no labels, which would mean all (see `clear`), for an undeclared one, and for undefined and null.
   */
  removeWhere(labels: { readonly [K in L]?: LabelValue }): number {
    const { store } = this.family
    const partial = new Map<number, string>()
    for (const [name, value] of Object.entries(labels as UncheckedLabels)) {
      const depth = store.labelNames.indexOf(name)
      if (depth === -1 || value === undefined || value === null) {
        throw new TypeError(
          `${store.owner} was to remove series by the label ${quote(name)} with the value ${quote(value)}; it declares [${store.labelNames.join(', ')}]. Pass declared labels with their values.`,
        )
      }
      partial.set(depth, replaceLoneSurrogates(String(value)))
    }
    if (partial.size === 0)
      throw new TypeError(`${store.owner} was to remove series by no label at all. Pass one or more, or call clear().`)
    return store.removeWhere(partial)
  }

  /** Ends every series; a family without labels begins again at zero. */
  clear(): void {
    const { store } = this.family
    store.clear()
  }
}
