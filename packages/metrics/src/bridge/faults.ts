/** Series that cannot be shown, told in one sentence for each family and scrape however many they are. */

/** What a series is left out for, as the end of a sentence: `has the value NaN`. */
export class Faults {
  #count = 0
  #first: string | undefined

  add(fault: string): void {
    this.#count += 1
    this.#first ??= fault
  }

  /** @param owner The family, as messages name it. @returns undefined when nothing was left out. */
  toError(owner: string, advice: string): TypeError | undefined {
    if (this.#first === undefined) return undefined
    const series = this.#count === 1 ? 'one series is' : `${this.#count} series are`
    return new TypeError(`${owner}: ${series} left out, because one ${this.#first}. ${advice}`)
  }
}
