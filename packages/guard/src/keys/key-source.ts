/** Where the keys come from that tokens are verified with. */
import type { KeySet } from './key-set.ts'

export interface KeySource {
  /**
   * The set in force, at once; undefined when there is none, or when it is so old that it must be asked for first.
   * What was verified under one set counts only while that very set is in force: a key that was taken out ends its tokens.
   */
  current(): KeySet | undefined
  /** The set in force after looking for one that knows `kid`; undefined when there is none to be had. Never rejects. */
  find(kid: string | undefined): Promise<KeySet | undefined>
}

/** Keys that do not change: those of a file. */
export const fixedKeys = (keys: KeySet): KeySource => ({ current: () => keys, find: () => Promise.resolve(keys) })
