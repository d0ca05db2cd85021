/** Series that come more than once, told in one sentence for each family and scrape however many they are. */
import { quote } from '../names.ts'
import type { UncheckedLabel } from './series-groups.ts'

export class Repeats {
  #count = 0
  #first: readonly UncheckedLabel[] | undefined

  add(labels: readonly UncheckedLabel[]): void {
    this.#count += 1
    this.#first ??= labels
  }

  /** @param owner The family, as messages name it. @param shown What is shown of them. @returns undefined when there were none. */
  toError(owner: string, shown: string): TypeError | undefined {
    if (this.#first === undefined) return undefined
    const labels = this.#first.map(([name, value]) => `${name}=${quote(String(value))}`).join(',')
    const series = this.#count === 1 ? 'a series' : `${this.#count} series`
    return new TypeError(
      `${owner} has ${series} more than once, such as {${labels}}: ${shown}. Pass each label object once, and only texts in it.`,
    )
  }
}
