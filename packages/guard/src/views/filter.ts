/**
 * A view at work on one exposition in text: bytes in, bytes out, wherever they are cut. Lines that may be seen pass as they are; what
 * cannot be read with certainty does not pass. Family by family: what is said of one waits until something of it may be seen.
 */

import { decodeValue } from './automaton.ts'
import {
  CLOSE_BRACE,
  COMMA,
  CR,
  closingQuote,
  HASH,
  isClass,
  LF,
  NAME,
  NAME_START,
  OPEN_BRACE,
  QUOTE,
  SPACE,
  skipBlanks,
  startsWithAt,
  TAB,
  textOf,
} from './bytes.ts'
import type { Suspect, ViewCounts } from './counts.ts'
import { SUFFIXES } from './family-names.ts'
import { Output } from './output.ts'
import type { NumberedMatcher, SampleRule, ViewRules } from './rules.ts'
import { SampleLine } from './sample-line.ts'
import type { Secrets } from './secrets.ts'
import { SeenSeries } from './seen-series.ts'
import { holdsForValue } from './selector.ts'

/** What a view is made of when it is compiled. */
export interface FilterRules {
  readonly rules: ViewRules
  readonly secrets: Secrets | undefined
  /** Whether labels may be dropped or get one value: any series of a family may then look like any other. */
  readonly mayMerge: boolean
  /** Comments belong to no family: they pass where nothing is said of families, series or labels. */
  readonly keepsComments: boolean
}

/** The rest of an exposition cannot be filtered: what has been sent of it must not look whole. */
export class ViewFault extends Error {
  override readonly name: string = 'ViewFault'
}

export const LIMITS = {
  lineBytes: 1_048_576, // more is no sample
  heldBytes: 4_194_304, // HELP, TYPE and UNIT at their longest; blank lines among them are dropped beyond
  suspects: 10, // places told of, each once
} as const

const MARK = Buffer.from('<redacted>')
const END = Buffer.from('# EOF')
const KEYWORDS: readonly string[] = ['HELP', 'TYPE', 'UNIT']

/** The samples of one name in the current family. */
interface SampleName {
  readonly text: string
  readonly bytes: Uint8Array
  readonly rule: SampleRule
}

export class TextFilter {
  readonly #view: FilterRules
  readonly #openMetrics: boolean
  readonly #line: SampleLine
  readonly #output = new Output()
  readonly #seen = new SeenSeries()
  readonly #changes: (Uint8Array | null | undefined)[] = []
  /** By the number of the label, where its value is in the line; -1 where it has no such label. */
  readonly #matchedStarts: number[]
  readonly #matchedEnds: number[]
  readonly #suspects = new Map<string, Suspect>()
  /** The beginning of a line whose end has not come yet. */
  #rest: Uint8Array[] = []
  #restLength = 0
  #data: Buffer = Buffer.alloc(0)
  #hasEnded = false
  /** The current family; the empty name before the first. */
  #family = ''
  #type: string | undefined
  #keywords: string[] = []
  #shown = 0
  #hidden = 0
  #names: SampleName[] = []
  #hiddenFamilies = 0
  #hiddenSeries = 0
  #redacted = 0
  #reported = 0
  #unreadable = 0

  constructor(view: FilterRules, openMetrics: boolean) {
    this.#view = view
    this.#openMetrics = openMetrics
    this.#line = new SampleLine((label) => view.rules.ofLabel(label), openMetrics)
    this.#matchedStarts = view.rules.matchedLabels.map(() => -1)
    this.#matchedEnds = view.rules.matchedLabels.map(() => -1)
  }

  get counts(): ViewCounts {
    return {
      hiddenFamilies: this.#hiddenFamilies,
      hiddenSeries: this.#hiddenSeries,
      redacted: this.#redacted,
      reported: this.#reported,
      unreadable: this.#unreadable,
      suspects: [...this.#suspects.values()],
    }
  }

  write(chunk: Uint8Array): Uint8Array {
    const data = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    const first = data.indexOf(LF)
    if (first < 0) {
      this.#keepRest(data)
      return NO_BYTES
    }
    let start = 0
    if (this.#restLength > 0) {
      start = first + 1
      this.#readLines(this.#takeRest(data.subarray(0, start)))
    }
    const end = data.lastIndexOf(LF) + 1
    this.#readLines(data.subarray(start, end))
    const output = this.#output.take()
    this.#keepRest(data.subarray(end))
    return output
  }

  /** The last of it. A last line without a line feed is one all the same, as Prometheus has it, and stays without. */
  end(): Uint8Array {
    const isCut = this.#restLength > 0
    if (isCut) this.#readLines(this.#takeRest(Uint8Array.of(LF)))
    this.#endFamily()
    if (isCut) this.#output.withdrawLast()
    return this.#output.take()
  }

  #keepRest(bytes: Uint8Array): void {
    if (this.#restLength + bytes.length > LIMITS.lineBytes) throw tooLong()
    if (bytes.length === 0) return
    // The chunk may be written to again by whoever gave it.
    this.#rest.push(Buffer.from(bytes))
    this.#restLength += bytes.length
  }

  #takeRest(last: Uint8Array): Buffer {
    const whole = Buffer.concat([...this.#rest, last])
    this.#rest = []
    this.#restLength = 0
    return whole
  }

  /** @param data whole lines */
  #readLines(data: Buffer): void {
    this.#data = data
    this.#output.begin(data)
    for (let at = 0; at < data.length; ) {
      const next = this.#readLine(at)
      if (next - at > LIMITS.lineBytes) throw tooLong()
      at = next
    }
  }

  /** @returns where the next line starts */
  #readLine(start: number): number {
    const data = this.#data
    if (this.#hasEnded) return this.#skip(start)
    const at = skipBlanks(data, start)
    const byte = data[at]
    if (byte === HASH) return this.#readComment(start, at)
    if (byte === LF) return this.#passAside(start, at + 1)
    if (byte === CR && data[at + 1] === LF) return this.#passAside(start, at + 2)
    if (byte === OPEN_BRACE) return this.#readQuoted(start, at)
    for (const known of this.#names) {
      const end = at + known.bytes.length
      if (!isClass(data[end], NAME) && startsWithAt(data, at, known.bytes)) return this.#readSample(start, end, false, known)
    }
    const end = skipName(data, at)
    if (end === at) return this.#skip(start)
    return this.#readSample(start, end, false, this.#meet(textOf(data, at, end), Buffer.from(data.subarray(at, end))))
  }

  /** `{"name",label="value"} 1` */
  #readQuoted(start: number, brace: number): number {
    const data = this.#data
    const quote = skipBlanks(data, brace + 1)
    const end = data[quote] === QUOTE ? closingQuote(data, quote + 1) : -1
    if (end < 0) return this.#skip(start)
    const after = data[skipBlanks(data, end + 1)]
    const text = decodeValue(data, quote + 1, end)
    if ((after !== COMMA && after !== CLOSE_BRACE) || text === '') return this.#skip(start)
    const known = this.#names.find((one) => one.text === text)
    return this.#readSample(start, end + 1, true, known ?? this.#meet(text, NEVER))
  }

  /** A name that the current family has not shown before, or that is of another one. */
  #meet(text: string, bytes: Uint8Array): SampleName {
    if (!this.#isOfFamily(text)) this.#begin(text)
    const met = { text, bytes, rule: this.#view.rules.ofSample(this.#family, this.#type, text) }
    this.#names.push(met)
    return met
  }

  #isOfFamily(text: string): boolean {
    const family = this.#family
    if (!text.startsWith(family)) return false
    return text === family || (SUFFIXES.get(this.#type ?? 'untyped') as readonly string[]).includes(text.slice(family.length))
  }

  #begin(family: string): void {
    this.#endFamily()
    this.#family = family
  }

  #endFamily(): void {
    if (this.#family !== '') {
      const isEmpty = this.#shown === 0 && this.#hidden === 0
      const { rules } = this.#view
      if (isEmpty && rules.showsEmptyFamilies && rules.ofSample(this.#family, this.#type, this.#family).visible) this.#output.release()
      else if (this.#shown === 0) this.#hiddenFamilies += 1
    }
    this.#output.discard()
    this.#seen.clear()
    this.#family = ''
    this.#type = undefined
    this.#keywords = []
    this.#shown = 0
    this.#hidden = 0
    this.#names = []
  }

  #readSample(start: number, at: number, inBraces: boolean, { rule }: SampleName): number {
    const data = this.#data
    if (!rule.visible) return this.#hide(data.indexOf(LF, at) + 1)
    const line = this.#line
    if (!line.read(data, at, inBraces)) return this.#skip(start)
    if (!this.#isSelected(rule)) return this.#hide(line.end)
    const changed = this.#judgeLabels()
    const mayBeKnown = this.#view.mayMerge || (changed >= 0 && changed < line.own)
    if (mayBeKnown && !this.#seen.isFirst(line, data, this.#changes)) return this.#hide(line.end)
    this.#show()
    if (changed < 0) this.#output.pass(start, line.end)
    else this.#passChanged(start)
    return line.end
  }

  #show(): void {
    if (this.#shown === 0) this.#output.release()
    this.#shown += 1
  }

  #hide(next: number): number {
    this.#hidden += 1
    this.#hiddenSeries += 1
    return next
  }

  /** Passes over what cannot be read. */
  #skip(start: number): number {
    this.#unreadable += 1
    return this.#data.indexOf(LF, start) + 1
  }

  /** What belongs to no family stays with the lines that it is among. */
  #passAside(start: number, next: number): number {
    if (this.#output.heldLength > 0) {
      if (this.#output.heldLength < LIMITS.heldBytes) this.#output.hold(start, next)
    } else if (this.#hidden === 0 || this.#shown > 0) this.#output.pass(start, next)
    return next
  }

  #isSelected({ allow, deny }: SampleRule): boolean {
    if (allow === undefined && deny.length === 0) return true
    const { labels, own, valueStarts, valueEnds } = this.#line
    this.#matchedStarts.fill(-1)
    for (let index = 0; index < own; index += 1) {
      const { matched, isAlias } = (labels[index] as (typeof labels)[0]).rule
      if (matched < 0 || (isAlias && (this.#matchedStarts[matched] as number) >= 0)) continue
      this.#matchedStarts[matched] = valueStarts[index] as number
      this.#matchedEnds[matched] = valueEnds[index] as number
    }
    const holds = (matchers: readonly NumberedMatcher[]): boolean => matchers.every((one) => this.#holds(one))
    return !deny.some(holds) && (allow === undefined || allow.some(holds))
  }

  #holds({ matcher, label }: NumberedMatcher): boolean {
    return holdsForValue(matcher, this.#data, this.#matchedStarts[label] as number, this.#matchedEnds[label] as number)
  }

  /** Notes what becomes of each label. @returns the first that does not stay as it is, and -1 when all do */
  #judgeLabels(): number {
    const { labels, count, valueStarts, valueEnds } = this.#line
    const changes = this.#changes
    let first = -1
    for (let index = 0; index < count; index += 1) {
      const { rule } = labels[index] as (typeof labels)[0]
      const change =
        rule.action === undefined
          ? this.#redact(index)
          : this.#change(rule.action, valueStarts[index] as number, valueEnds[index] as number)
      changes[index] = change
      if (change !== undefined && first < 0) first = index
    }
    return first
  }

  #change(action: NonNullable<LabelRuleAction>, start: number, end: number): Uint8Array | null | undefined {
    if (action.kind === 'drop') return null
    // A label without a value is one that is not there.
    if (start === end) return undefined
    return action.kind === 'replace' ? action.value : action.hash.of(this.#data, start, end)
  }

  #redact(index: number): Uint8Array | undefined {
    const { secrets } = this.#view
    if (secrets === undefined) return undefined
    const { labels, valueStarts, valueEnds } = this.#line
    const [start, end] = [valueStarts[index] as number, valueEnds[index] as number]
    if (!secrets.any.matchesBytes(this.#data, start, end)) return undefined
    return this.#suspect((labels[index] as (typeof labels)[0]).text, start, end) ? MARK : undefined
  }

  /** Counts a value that looks like a secret. @returns whether it must not be seen */
  #suspect(label: string, start: number, end: number): boolean {
    const { redacts, kinds } = this.#view.secrets as Secrets
    if (redacts) this.#redacted += 1
    else this.#reported += 1
    if (this.#suspects.size < LIMITS.suspects) {
      const kind = kinds.find(({ automaton }) => automaton.matchesBytes(this.#data, start, end))?.name as string
      const suspect = { family: this.#family.slice(0, 200), label: label.slice(0, 200), kind }
      this.#suspects.set(JSON.stringify(suspect), suspect)
    }
    return redacts
  }

  #passChanged(start: number): void {
    const { own, count, open, close, exemplarOpen, exemplarClose, end } = this.#line
    let at = this.#passLabels(start, 0, own, open, close)
    if (count > own) at = this.#passLabels(at, own, count, exemplarOpen, exemplarClose)
    this.#output.pass(at, end)
  }

  /**
   * Lets labels through with what becomes of them, and commas between those that stay.
   * @returns up to where the line has passed
   */
  #passLabels(from: number, first: number, last: number, open: number, close: number): number {
    const { nameStarts, valueStarts, valueEnds } = this.#line
    let at = from
    let lastKept = last - 1
    while (lastKept >= first && this.#changes[lastKept] === null) lastKept -= 1
    for (let index = first; index <= lastKept; index += 1) {
      const change = this.#changes[index]
      if (change === undefined) continue
      if (change === null) {
        this.#output.pass(at, nameStarts[index] as number)
        at = nameStarts[index + 1] as number
      } else {
        this.#output.pass(at, valueStarts[index] as number)
        this.#output.append(change)
        at = valueEnds[index] as number
      }
    }
    if (lastKept === last - 1) return at
    this.#output.pass(at, lastKept < first ? open : (valueEnds[lastKept] as number) + 1)
    return close
  }

  #readComment(start: number, hash: number): number {
    const data = this.#data
    const next = data.indexOf(LF, hash) + 1
    const lineEnd = data[next - 2] === CR ? next - 2 : next - 1
    if (this.#openMetrics && lineEnd - start === END.length && startsWithAt(data, start, END)) {
      this.#endFamily()
      this.#output.pass(start, next)
      this.#hasEnded = true
      return next
    }
    const word = skipBlanks(data, hash + 1)
    const keyword = textOf(data, word, Math.min(word + 4, lineEnd))
    const name = skipBlanks(data, word + 4)
    if (!KEYWORDS.includes(keyword) || name === word + 4) return this.#passComment(start, hash + 1, lineEnd, next)
    const end = data[name] === QUOTE ? closingQuote(data, name + 1) + 1 : skipName(data, name)
    const family = data[name] === QUOTE && end > 0 ? decodeValue(data, name + 1, end - 1) : textOf(data, name, Math.max(end, name))
    if (family === '' || (end !== lineEnd && data[end] !== SPACE && data[end] !== TAB)) return this.#skip(start)
    const text = skipBlanks(data, end)
    this.#describe({ keyword, family, start, text, lineEnd, next })
    return next
  }

  #describe({ keyword, family, start, text, lineEnd, next }: Description): void {
    const isOpen = this.#family === family && this.#shown === 0 && this.#hidden === 0
    if (!isOpen) this.#begin(family)
    const type = textOf(this.#data, text, lineEnd)
    if (this.#keywords.includes(keyword) || (keyword === 'TYPE' && !SUFFIXES.has(type))) {
      this.#skip(start)
      return
    }
    this.#keywords.push(keyword)
    // Names that were met without it would be judged by less than is known now.
    this.#names = []
    if (keyword === 'TYPE') this.#type = type
    const isSecret = keyword === 'HELP' && this.#view.secrets?.any.matchesBytes(this.#data, text, lineEnd) === true
    if (!isSecret || !this.#suspect('HELP', text, lineEnd)) this.#output.hold(start, next)
    else this.#output.holdBytes(Buffer.concat([this.#data.subarray(start, text), MARK, this.#data.subarray(lineEnd, next)]))
  }

  #passComment(start: number, text: number, lineEnd: number, next: number): number {
    const { keepsComments, secrets } = this.#view
    if (!keepsComments) return next
    const isSecret = secrets?.any.matchesBytes(this.#data, text, lineEnd) === true
    if (isSecret && this.#suspect('#', text, lineEnd)) return next
    return this.#passAside(start, next)
  }
}

interface Description {
  readonly keyword: string
  readonly family: string
  readonly start: number
  /** What is said of the family, up to `lineEnd`. */
  readonly text: number
  readonly lineEnd: number
  readonly next: number
}

type LabelRuleAction = ReturnType<ViewRules['ofLabel']>['action']

const NO_BYTES = new Uint8Array(0)
/** For names in quotes, which are looked for by their text: these bytes are at no place of a line. */
const NEVER = Uint8Array.of(LF, LF)

function skipName(data: Uint8Array, at: number): number {
  if (!isClass(data[at], NAME_START)) return at
  let next = at + 1
  while (isClass(data[next], NAME)) next += 1
  return next
}

const tooLong = (): ViewFault => new ViewFault(`A line of the exposition has more than ${LIMITS.lineBytes} bytes, and cannot be filtered.`)
