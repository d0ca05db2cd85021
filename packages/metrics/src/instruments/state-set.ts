/**
 * State sets: which of a few named states something is in, one series for each state with the value one or zero. A set has room for all
 * its states or for none.
 */
import { quote } from '../names.ts'
import type { Family, FamilyOptions } from '../series/family.ts'
import { copyLabels, type Labels, type UncheckedLabels } from '../series/labels.ts'
import { CHANGED, SEGMENT_MASK } from '../series/segment.ts'
import { Instrument } from './instrument.ts'

export interface StateSetOptions<L extends string, S extends string> extends Omit<FamilyOptions<L>, 'unit'> {
  /** Every state there is. The label that tells it is called like the family (OpenMetrics 1.0, "StateSet"). */
  readonly states: readonly S[]
  /** Runs at the start of every scrape, before anything is rendered. When it fails, this family alone is left out. */
  readonly collect?: (stateSet: StateSet<L, S>) => void | Promise<void>
}

export type StateArguments<L extends string, T> = [L] extends [never] ? [state: T] : [labels: Labels<L>, state: T]

export class StateSet<L extends string = never, S extends string = string> extends Instrument<L> {
  /** In the order of their declaration. */
  readonly states: readonly S[]

  /** @param states Checked by {@link checkStates}. Without labels, all are there from the start, at zero. @internal */
  constructor(family: Family, states: readonly S[]) {
    super(family)
    this.states = [...states]
    if (family.store.labelNames.length === 1) this.#write(undefined, () => false)
  }

  /**
   * Says that this state holds and no other. A refused call changes nothing. Cost: one lookup per state.
   * @throws {TypeError} for a state that is not declared, or wrong labels.
   */
  set(...args: StateArguments<L, S>): void
  set(first: UncheckedLabels | S, second?: S): void {
    const state = (typeof first === 'object' ? second : first) as S
    this.#check(state)
    this.#write(typeof first === 'object' ? first : undefined, (other) => other === state)
  }

  /** Says which states hold; those not named do not. @throws {TypeError} for a state that is not declared, or wrong labels. */
  setAll(...args: StateArguments<L, readonly S[]>): void
  setAll(first: UncheckedLabels | readonly S[], second?: readonly S[]): void {
    const given: unknown = Array.isArray(first) ? first : second
    if (!Array.isArray(given)) {
      throw new TypeError(`${this.family.store.owner} was given the states ${quote(given)}. Pass an array of them.`)
    }
    const held: readonly S[] = [...given]
    for (const state of held) this.#check(state)
    this.#write(Array.isArray(first) ? undefined : (first as UncheckedLabels), (state) => held.includes(state))
  }

  /**
   * Ends the states of these labels, all of them; false when there are none, and without labels, where they are always there.
   * @throws {TypeError} when the labels are not the declared ones.
   */
  override remove(labels: Labels<L>): boolean {
    const { store, name } = this.family
    if (store.labelNames.length === 1) return false
    const others = copyLabels(labels) as UncheckedLabels
    const slots = this.states.map((state) => store.findSlot({ ...others, [name]: state })).filter((slot) => slot !== -1)
    for (const slot of slots) store.remove(slot)
    store.tidy()
    return slots.length > 0
  }

  /** Ends every series; without labels, all states are there again, at zero. */
  override clear(): void {
    super.clear()
    if (this.family.store.labelNames.length === 1) this.#write(undefined, () => false)
  }

  #check(state: unknown): void {
    if (this.states.includes(state as S)) return
    const { owner } = this.family.store
    throw new TypeError(`${owner} was given the state ${quote(state)}; it declares [${this.states.join(', ')}]. Pass one of them.`)
  }

  #write(labels: UncheckedLabels | undefined, holds: (state: S) => boolean): void {
    const { store, name } = this.family
    const others = labels === undefined ? {} : copyLabels(labels)
    const sets = this.states.map((state): UncheckedLabels => ({ ...(others as UncheckedLabels), [name]: state }))
    const known = sets.map((set) => store.peek(set))
    const slots = known.includes(-1) ? store.slotsOfWhole(sets) : known
    for (const [at, slot] of slots.entries()) {
      const segment = store.segmentOf(slot)
      segment.values[slot & SEGMENT_MASK] = holds(this.states[at] as S) ? 1 : 0
      segment.dirty[slot & SEGMENT_MASK] = CHANGED
    }
  }
}

/** @throws {TypeError} when they are not distinct, not texts, or none. */
export function checkStates(name: unknown, states: unknown): asserts states is readonly string[] {
  const owner = `State set ${quote(name)}`
  if (!Array.isArray(states) || states.length === 0) {
    throw new TypeError(`${owner} has the states ${quote(states)}. Write them like ['starting', 'ready', 'stopping'].`)
  }
  const seen = new Set<unknown>()
  for (const state of states) {
    if (typeof state !== 'string' || state === '') throw new TypeError(`${owner} has the state ${quote(state)}. Write each as a text.`)
    if (seen.has(state)) throw new TypeError(`${owner} has the state "${state}" twice. Write it once.`)
    seen.add(state)
  }
}
