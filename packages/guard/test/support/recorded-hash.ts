/** Hashes of any kind and cost that note when they are checked and cost nothing: the work of an attempt is counted, not timed. */
import type { PasswordHash } from '../../src/hashes/password-hash.ts'

export interface Recorder {
  /** Works in the order in which they were done, decoys too. */
  readonly done: string[]
  /** A hash of `work` that `password` made; without one nobody knows what made it. */
  readonly hash: (work: string, password?: string) => PasswordHash
}

export function recordHashes(): Recorder {
  const done: string[] = []
  let count = 0
  const hash = (work: string, password?: string): PasswordHash => {
    count += 1
    return {
      kind: 'bcrypt',
      text: `${work} #${count}`,
      work,
      milliseconds: 1,
      weakness: undefined,
      decoy: () => hash(work),
      verify(tried) {
        done.push(work)
        return Promise.resolve(tried === password)
      },
    }
  }
  return { done, hash }
}
