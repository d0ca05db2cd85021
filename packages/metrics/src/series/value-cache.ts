/** The numbers of the values that calls pass most: found by a few characters and one comparison, which is half of a Map lookup. */

/** Which characters a place is made from; each level looks at more of them, and the last at none: it keeps nothing. */
type Level = 1 | 2 | 3 | 4

const OFF: Level = 4
/** Values that pushed out another one before more characters are looked at. */
const MAX_CONFLICTS = 64
const MIN_PLACES = 16
const MAX_PLACES = 512

/**
 * A direct-mapped cache in front of a dictionary. Whatever is not in it, or was pushed out, is looked up where it is known for sure, so
 * values that collide cost time and never a wrong answer.
 */
export class ValueCache {
  #texts: (string | undefined)[] = createPlaces(MIN_PLACES)
  #ids = new Uint32Array(MIN_PLACES)
  #level: Level = 1
  #conflicts = 0
  /** The place of the text that was not found last. */
  #missed = 0

  /**
   * The number of `text`, 0 when it is not here. Values of one label often begin alike, so that their ends and lengths tell them apart.
   * Written out in one piece, because every label of every call comes through here.
   */
  get(text: string): number {
    const texts = this.#texts
    const { length } = text
    if (length === 0) return 0
    let hash = length + text.charCodeAt(length - 1) * 7
    const level = this.#level
    if (level !== 1 && length > 1) {
      hash += text.charCodeAt(length - 2) * 73
      if (level > 2) hash += text.charCodeAt(length >> 1) * 31 + text.charCodeAt(length >> 2) * 151
    }
    const place = hash & (texts.length - 1)
    if (texts[place] === text) return this.#ids[place] as number
    this.#missed = place
    return 0
  }

  /**
   * Keeps the number of the text that {@link ValueCache.get} has just not found.
   * @param size How many values the dictionary has.
   */
  put(text: string, id: number, size: number): void {
    if (this.#level === OFF || text === '') return
    if (size * 4 > this.#texts.length && this.#texts.length < MAX_PLACES) {
      this.clear(this.#texts.length * 4)
      return
    }
    if (this.#texts[this.#missed] !== undefined) this.#conflicts += 1
    if (this.#conflicts > MAX_CONFLICTS) {
      this.#level = (this.#level + 1) as Level
      this.clear(this.#level === OFF ? 1 : this.#texts.length)
      return
    }
    this.#texts[this.#missed] = text
    this.#ids[this.#missed] = id
  }

  /** Forgets all, for numbers that have changed. */
  clear(places: number = this.#texts.length): void {
    this.#texts = createPlaces(places)
    this.#ids = new Uint32Array(places)
    this.#conflicts = 0
  }
}

/** Filled, because an array with holes is slower to read. */
function createPlaces(length: number): (string | undefined)[] {
  return Array.from({ length }, () => undefined)
}
