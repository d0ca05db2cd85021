/** One run of every `collect` for all scrapes that begin while it is under way, and what becomes of those that fail. */
import { Collection, type CollectTask } from './scrape/collection.ts'

export interface SharedCollectionOptions {
  /** What is to be run, asked at the start of each run. */
  readonly tasks: () => readonly CollectTask[]
  /** Counts a failure. @param family As registered. */
  readonly count: (family: string) => void
  /** The handler of the user, who hears of each failure. */
  readonly onError: ((error: unknown, family: string) => void) | undefined
}

export class SharedCollection {
  readonly #options: SharedCollectionOptions
  readonly #collection: Collection
  #running: Promise<ReadonlySet<CollectTask>> | undefined

  constructor(options: SharedCollectionOptions) {
    this.#options = options
    this.#collection = new Collection((error, { name }) => this.fail(error, name))
  }

  /** Answers the tasks that failed. Never rejects. */
  run(): Promise<ReadonlySet<CollectTask>> {
    // Begun in a later turn: a `collect` that asks for a scrape itself finds this one, instead of starting itself again.
    this.#running ??= Promise.resolve()
      .then(() => this.#collection.run(this.#options.tasks()))
      .finally(() => {
        this.#running = undefined
      })
    return this.#running
  }

  /** Counts and tells a failure; for families that are left out for another reason as well. */
  fail(error: unknown, family: string): void {
    this.#options.count(family)
    void this.#tell(error, family)
  }

  /** Never rejects. Asynchronous, because a handler may be: its rejection, left alone, would end the process. */
  async #tell(error: unknown, family: string): Promise<void> {
    try {
      const told: unknown = this.#options.onError?.(error, family)
      await told
    } catch {
      // There is nobody left to tell.
    }
  }
}
