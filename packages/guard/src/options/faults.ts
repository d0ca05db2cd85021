/** Every fault of a policy at once: whoever mends one wants to know of the others. */
import { PosternError, withPath } from '../errors.ts'

export class Faults {
  readonly #found: PosternError[] = []

  /**
   * Compiles a part; undefined where that has a fault, which is noted with `path` before its own.
   * @throws what is no {@link PosternError}: a fault of ours
   */
  attempt<T>(path: readonly (string | number)[], compile: () => T): T | undefined {
    try {
      return withPath(path, compile)
    } catch (error) {
      if (!(error instanceof PosternError)) throw error
      this.#found.push(error, ...error.others)
      return undefined
    }
  }

  /** @throws {PosternError} the first fault, with all others. */
  throwIfAny(): void {
    const [first, ...others] = this.#found
    if (first !== undefined) throw first.with({ others })
  }
}
