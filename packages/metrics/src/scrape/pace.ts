/** How long the client of a scrape keeps it waiting, set off against what it takes. Pure: whoever asks brings the time. */

/**
 * A client that takes this much in each second keeps nobody waiting, however long its scrape is. Slower ones cannot have a body that
 * the system does not buffer for them within the ten seconds that Prometheus waits by default.
 */
export const UNHURRIED_BYTES_PER_SECOND = 262_144

/**
 * Time in which nothing was asked for adds up, and what was taken pays it off. Nothing is paid beforehand: a burst at the start, which
 * the buffers of two systems take for a client that reads nothing, buys no patience. Neither does a byte now and then.
 */
export class Pace {
  #owedMilliseconds = 0
  /** Undefined while the client waits for us. */
  #waitingSince: number | undefined
  #lent = 0

  /** @param now Milliseconds of a clock that never goes back; the client has the body in its hands since then. */
  constructor(now: number) {
    this.#waitingSince = now
  }

  /** The client wants more, having taken what it was given before. */
  asked(now: number): void {
    const paid = (this.#lent / UNHURRIED_BYTES_PER_SECOND) * 1000
    this.#owedMilliseconds = Math.max(0, this.waited(now) - paid)
    this.#waitingSince = undefined
    this.#lent = 0
  }

  /** The client has been given so many bytes. */
  gave(bytes: number, now: number): void {
    this.#lent = bytes
    this.#waitingSince = now
  }

  /** Milliseconds that the client has kept us waiting; zero while it waits itself. */
  waited(now: number): number {
    return this.#waitingSince === undefined ? 0 : this.#owedMilliseconds + now - this.#waitingSince
  }
}
