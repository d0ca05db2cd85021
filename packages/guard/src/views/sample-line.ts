/** A sample line taken apart where it lies: no part of it is copied, and names that were there in the line before are known by their bytes. */
import { decodeValue } from './automaton.ts'
import {
  CLOSE_BRACE,
  COMMA,
  CR,
  closingQuote,
  EQUALS,
  HASH,
  isClass,
  LABEL,
  LABEL_START,
  LF,
  NUMBER,
  OPEN_BRACE,
  QUOTE,
  skipBlanks,
  startsWithAt,
  textOf,
} from './bytes.ts'
import type { LabelRule } from './rules.ts'

/** One label's name, as it was met in an exposition. */
export interface LabelName {
  readonly text: string
  readonly bytes: Uint8Array
  /** As written, with its quotes if it has some. */
  readonly written: Uint8Array
  readonly rule: LabelRule
}

/** Names are few; whoever sends many has them forgotten. */
const MAX_NAMES = 10_000

export class SampleLine {
  /** By label, those of the series first and then those of its exemplar. Places are offsets in the data that was read. */
  readonly labels: LabelName[] = []
  readonly nameStarts: number[] = []
  readonly valueStarts: number[] = []
  readonly valueEnds: number[] = []
  /** How many labels there are, and how many of them are the series'. */
  count = 0
  own = 0
  /** Behind the brace that opens, or behind the name in quotes after it; and the brace that closes. -1 without braces. */
  open = -1
  close = -1
  exemplarOpen = -1
  exemplarClose = -1
  /** Behind its line feed. */
  end = 0
  /** Another number for other names of labels. */
  layout = 0
  readonly #ruleOf: (label: string) => LabelRule
  readonly #openMetrics: boolean
  readonly #names = new Map<string, LabelName>()
  /** So many of `labels`, from the first on, are different from each other. */
  #distinct = 0

  constructor(ruleOf: (label: string) => LabelRule, openMetrics: boolean) {
    this.#ruleOf = ruleOf
    this.#openMetrics = openMetrics
  }

  /**
   * @param data ends with a line feed
   * @param at behind the name
   * @param inBraces whether that was a name in quotes, within braces
   * @returns false when it is no sample, or one that two readers could take differently; `end` means nothing then
   */
  read(data: Uint8Array, at: number, inBraces: boolean): boolean {
    this.count = 0
    this.open = -1
    this.close = -1
    this.exemplarOpen = -1
    this.exemplarClose = -1
    let next = inBraces ? at : skipBlanks(data, at)
    if (inBraces || data[next] === OPEN_BRACE) {
      if (!inBraces) next += 1
      this.open = next
      next = this.#readLabels(data, next, inBraces)
      if (next < 0) return false
      this.close = next - 1
    }
    this.own = this.count
    if (this.own > this.#distinct) {
      if (this.#hasRepeated(0)) return false
      this.#distinct = this.own
    }
    next = this.#readNumbers(data, next)
    if (next < 0) return false
    if (data[next] === HASH && this.#openMetrics) {
      next = this.#readExemplar(data, next + 1)
      if (next < 0) return false
    }
    if (data[next] === CR) next += 1
    this.end = next + 1
    return data[next] === LF
  }

  #readExemplar(data: Uint8Array, at: number): number {
    const open = skipBlanks(data, at)
    if (data[open] !== OPEN_BRACE) return -1
    this.exemplarOpen = open + 1
    const next = this.#readLabels(data, open + 1, false)
    if (next < 0 || this.#hasRepeated(this.own)) return -1
    this.exemplarClose = next - 1
    return this.#readNumbers(data, next)
  }

  /** A value and perhaps a time, and the blanks around them; -1 without a value. */
  #readNumbers(data: Uint8Array, at: number): number {
    const value = skipBlanks(data, at)
    const valueEnd = skipNumber(data, value)
    if (valueEnd === value) return -1
    const time = skipBlanks(data, valueEnd)
    // Without a blank the rest is no time, and nothing that may follow a value.
    return time === valueEnd ? time : skipBlanks(data, skipNumber(data, time))
  }

  /** Up to behind the closing brace; -1 when they cannot be read. */
  #readLabels(data: Uint8Array, at: number, afterName: boolean): number {
    let next = at
    for (let needsComma = afterName; ; needsComma = true) {
      next = skipBlanks(data, next)
      if (needsComma && data[next] === COMMA) next = skipBlanks(data, next + 1)
      else if (needsComma && data[next] !== CLOSE_BRACE) return -1
      if (data[next] === CLOSE_BRACE) return next + 1
      next = this.#readLabel(data, next)
      if (next < 0) return -1
    }
  }

  #readLabel(data: Uint8Array, at: number): number {
    const index = this.count
    const likely = this.labels[index]
    let next = at
    if (likely !== undefined && startsWithAt(data, at, likely.written) && data[at + likely.written.length] === EQUALS) {
      next += likely.written.length
    } else {
      const end = data[at] === QUOTE ? closingQuote(data, at + 1) + 1 : skipLabel(data, at)
      if (end <= at) return -1
      const name = this.#nameOf(data, at, end)
      if (name === undefined) return -1
      this.labels[index] = name
      this.layout += 1
      this.#distinct = Math.min(this.#distinct, index)
      next = skipBlanks(data, end)
      if (data[next] !== EQUALS) return -1
    }
    next = skipBlanks(data, next + 1)
    if (data[next] !== QUOTE) return -1
    const end = closingQuote(data, next + 1)
    if (end < 0) return -1
    this.nameStarts[index] = at
    this.valueStarts[index] = next + 1
    this.valueEnds[index] = end
    this.count = index + 1
    return end + 1
  }

  #nameOf(data: Uint8Array, start: number, end: number): LabelName | undefined {
    const raw = textOf(data, start, end)
    const known = this.#names.get(raw)
    if (known !== undefined) return known
    const text = data[start] === QUOTE ? decodeValue(data, start + 1, end - 1) : raw
    // The first is the name of the metric in another place, and would be another one than the rules have judged.
    if (text === '__name__' || text === '') return undefined
    if (this.#names.size >= MAX_NAMES) this.#names.clear()
    const name = { text, bytes: Buffer.from(text), written: Buffer.from(raw, 'latin1'), rule: this.#ruleOf(text) }
    this.#names.set(raw, name)
    return name
  }

  /** Two labels of one name: readers differ on which of them counts. */
  #hasRepeated(from: number): boolean {
    const names = new Set<string>()
    for (let index = from; index < this.count; index += 1) names.add((this.labels[index] as LabelName).text)
    return names.size < this.count - from
  }
}

function skipNumber(data: Uint8Array, at: number): number {
  let next = at
  while (isClass(data[next], NUMBER)) next += 1
  return next
}

function skipLabel(data: Uint8Array, at: number): number {
  if (!isClass(data[at], LABEL_START)) return at
  let next = at + 1
  while (isClass(data[next], LABEL)) next += 1
  return next
}
