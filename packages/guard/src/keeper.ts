/**
 * What outlives a reload: a policy is compiled anew and whole, but verified passwords, counts of failures, fetched keys and
 * connections must not begin again with it.
 */

/** Something that holds a connection, a timer or a file until it is closed. */
export interface Closable {
  close(): void | Promise<void>
}

/**
 * Answers what is kept under `key`, created by the first who asks. A key says all that the thing depends on (a URL and its
 * authorities, say), so that another one is created when that changes; what no policy in use asks for any more is closed.
 */
export type Keep = <Kept extends object>(key: string, create: () => Kept) => Kept

export class Keeper {
  #kept: ReadonlyMap<string, object> = new Map()

  /**
   * Runs `compile` with a {@link Keep}, and then closes what it has not asked for. When it throws, everything stays as it was before,
   * and what was created for it is closed.
   */
  renew<Result>(compile: (keep: Keep) => Result): Result {
    const before = this.#kept
    const asked = new Map<string, object>()
    const keep: Keep = (key, create) => {
      const kept = asked.get(key) ?? before.get(key) ?? create()
      asked.set(key, kept)
      // One key is asked for by one creator with one type: nothing else can be known here.
      return kept as ReturnType<typeof create>
    }
    try {
      const result = compile(keep)
      this.#kept = asked
      closeMissing(before, asked)
      return result
    } catch (error) {
      closeMissing(asked, before)
      throw error
    }
  }

  /** Closes everything; nothing may be asked of it afterwards. */
  async close(): Promise<void> {
    const kept = [...this.#kept.values()]
    this.#kept = new Map()
    await Promise.all(kept.map(closeQuietly))
  }
}

function closeMissing(from: ReadonlyMap<string, object>, still: ReadonlyMap<string, object>): void {
  for (const [key, kept] of from) if (still.get(key) !== kept) void closeQuietly(kept)
}

/** What cannot be closed is let go all the same: the new policy is in force already. */
async function closeQuietly(kept: object): Promise<void> {
  if (!('close' in kept) || typeof kept.close !== 'function') return
  try {
    await (kept as Closable).close()
  } catch (error) {
    process.emitWarning(`A part of the guard could not be closed: ${String(error)}`, 'PosternWarning')
  }
}
