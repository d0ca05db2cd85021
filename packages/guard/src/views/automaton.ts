/**
 * Expressions as an automaton that looks at each character once, whatever the expression: a text of a stranger cannot make it slow, as it
 * can make the backtracking of JavaScript's own. States are sets of places in the program, made when they are first met (Thompson, as RE2).
 */
import { policyError } from '../errors.ts'
import { type Expression, LAST_CODE_POINT, type Ranges } from './expression.ts'

type Step =
  | { readonly kind: 'set'; readonly ranges: Ranges; next: number }
  | { readonly kind: 'fork'; next: number; other: number }
  | { readonly kind: 'start' | 'end'; next: number }
  | { readonly kind: 'match' }

const MAX_STEPS = 10_000
/** Beyond so many the automaton forgets all of them and begins anew: memory has a bound, and time stays linear. */
const MAX_STATES = 2_000

const UNKNOWN = -1
/** The state of no place at all: nothing can match any more. */
const DEAD = 0

const BACKSLASH = 92

export class Automaton {
  readonly #program: readonly Step[]
  readonly #searches: boolean
  /** The first code point of each class of characters that no part of the program tells apart. */
  readonly #classStarts: readonly number[]
  readonly #asciiClasses = new Uint8Array(128)
  #ids = new Map<string, number>()
  #places: (readonly number[])[] = []
  /** 1: matches already; 2: matches if the text ends here. */
  #verdicts: number[] = []
  /** By state and class; {@link UNKNOWN} where not met yet. */
  #table: Int32Array = new Int32Array(0)
  #first = DEAD

  /**
   * @param searches Whether a match may stand anywhere in a text; else it must be the whole of it.
   * @throws {PosternError} ERR_POSTERN_POLICY when it would take too many steps
   */
  constructor(expression: Expression, { searches }: { readonly searches: boolean }) {
    this.#program = assemble(expression)
    this.#searches = searches
    this.#classStarts = classesOf(this.#program)
    for (let code = 0; code < 128; code += 1) this.#asciiClasses[code] = this.#classOf(code)
    this.#forget()
  }

  /** @param data UTF-8 as in a label value, its escapes (`\\`, `\"`, `\n`) still in it */
  matchesBytes(data: Uint8Array, start: number, end: number): boolean {
    let state = this.#first
    const classes = this.#asciiClasses
    const width = this.#classStarts.length
    for (let at = start; at < end; at += 1) {
      const byte = data[at] as number
      // What is not plain ASCII is rare: it is decoded, and read again from its beginning.
      if (byte >= 128 || byte === BACKSLASH) return this.matchesText(decodeValue(data, start, end))
      if (this.#verdicts[state] === 1) return true
      const next = this.#table[state * width + (classes[byte] as number)] as number
      state = next === UNKNOWN ? this.#advance(state, classes[byte] as number) : next
      if (state === DEAD) return false
    }
    return this.#verdicts[state] !== 0
  }

  matchesText(text: string): boolean {
    let state = this.#first
    const width = this.#classStarts.length
    for (let at = 0; at < text.length; at += 1) {
      if (this.#verdicts[state] === 1) return true
      const code = text.codePointAt(at) as number
      if (code > 0xffff) at += 1
      const kind = code < 128 ? (this.#asciiClasses[code] as number) : this.#classOf(code)
      const next = this.#table[state * width + kind] as number
      state = next === UNKNOWN ? this.#advance(state, kind) : next
      if (state === DEAD) return false
    }
    return this.#verdicts[state] !== 0
  }

  #classOf(code: number): number {
    let low = 0
    for (let high = this.#classStarts.length - 1; low < high; ) {
      const middle = (low + high + 1) >> 1
      if ((this.#classStarts[middle] as number) <= code) low = middle
      else high = middle - 1
    }
    return low
  }

  #advance(from: number, kind: number): number {
    const code = this.#classStarts[kind] as number
    const reached = new Set<number>()
    for (const place of this.#places[from] as readonly number[]) {
      const step = this.#program[place] as Step
      if (step.kind === 'set' && includes(step.ranges, code)) this.#reach(step.next, reached, false)
    }
    if (this.#searches) this.#reach(0, reached, false)
    const isFull = this.#places.length >= MAX_STATES
    if (isFull) this.#forget()
    const state = this.#stateOf(reached)
    if (!isFull) this.#table[from * this.#classStarts.length + kind] = state
    return state
  }

  #forget(): void {
    this.#ids = new Map()
    this.#places = []
    this.#verdicts = []
    this.#stateOf(new Set())
    const first = new Set<number>()
    this.#reach(0, first, true)
    this.#first = this.#stateOf(first)
  }

  #stateOf(places: ReadonlySet<number>): number {
    const sorted = [...places].toSorted((one, other) => one - other)
    const id = sorted.join()
    const known = this.#ids.get(id)
    if (known !== undefined) return known
    const state = this.#places.length
    this.#ids.set(id, state)
    this.#places.push(sorted)
    this.#verdicts.push(this.#verdictOf(sorted))
    const width = this.#classStarts.length
    const room = (state + 1) * width
    if (room > this.#table.length) {
      const larger = new Int32Array(room * 2)
      larger.set(this.#table)
      this.#table = larger
    }
    this.#table.fill(UNKNOWN, state * width, room)
    return state
  }

  /** A search is over with the first match; what must match whole is over at the end of the text. */
  #verdictOf(places: readonly number[]): number {
    const isMatch = (place: number): boolean => this.#program[place]?.kind === 'match'
    if (places.some(isMatch)) return this.#searches ? 1 : 2
    const atEnd = new Set<number>()
    for (const place of places) this.#reach(place, atEnd, false, true)
    return [...atEnd].some(isMatch) ? 2 : 0
  }

  /** Follows all that needs no character. */
  #reach(from: number, reached: Set<number>, atStart: boolean, atEnd = false): void {
    const open = [from]
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      if (reached.has(place)) continue
      reached.add(place)
      const step = this.#program[place] as Step
      if (step.kind === 'fork') open.push(step.other, step.next)
      else if ((step.kind === 'start' && atStart) || (step.kind === 'end' && atEnd)) open.push(step.next)
    }
  }
}

/** The meaning of a label value, bytes that are no UTF-8 read as U+FFFD. */
export function decodeValue(data: Uint8Array, start: number, end: number): string {
  const text = Buffer.from(data.buffer, data.byteOffset + start, end - start).toString('utf8')
  return text.includes('\\') ? text.replace(/\\([\\"n])/g, (_, character: string) => (character === 'n' ? '\n' : character)) : text
}

function includes(ranges: Ranges, code: number): boolean {
  for (const [from, to] of ranges) if (code >= from && code <= to) return true
  return false
}

function classesOf(program: readonly Step[]): readonly number[] {
  const starts = new Set([0])
  for (const step of program) {
    if (step.kind !== 'set') continue
    for (const [from, to] of step.ranges) {
      starts.add(from)
      if (to < LAST_CODE_POINT) starts.add(to + 1)
    }
  }
  return [...starts].toSorted((one, other) => one - other)
}

function assemble(expression: Expression): readonly Step[] {
  const program: Step[] = []
  const add = (step: Step): number => {
    if (program.length >= MAX_STEPS) {
      throw policyError('ERR_POSTERN_POLICY', `the expression takes more than ${MAX_STEPS} steps, its repetitions written out`, {
        fix: 'Use smaller numbers in braces, or an open end like {8,}.',
      })
    }
    return program.push(step) - 1
  }
  /** Writes what leads on to the step after it, which is not there yet. */
  const write = (part: Expression): void => {
    switch (part.kind) {
      case 'set':
        add({ kind: 'set', ranges: part.ranges, next: program.length + 1 })
        return
      case 'start':
      case 'end':
        add({ kind: part.kind, next: program.length + 1 })
        return
      case 'sequence':
        for (const each of part.parts) write(each)
        return
      case 'choice':
        writeChoice(part.parts)
        return
      case 'repeat':
        writeRepeat(part)
    }
  }
  const fork = (): { kind: 'fork'; next: number; other: number } => {
    const step = { kind: 'fork' as const, next: program.length + 1, other: 0 }
    add(step)
    return step
  }
  const writeChoice = (parts: readonly Expression[]): void => {
    const ends: { other: number }[] = []
    for (const [index, part] of parts.entries()) {
      const way = index < parts.length - 1 ? fork() : undefined
      write(part)
      if (way === undefined) continue
      const end = fork()
      ends.push(end)
      way.other = program.length
    }
    // The end of one choice leads behind the last, and nowhere else.
    for (const end of ends) Object.assign(end, { next: program.length, other: program.length })
  }
  const writeRepeat = ({ part, least, most }: Expression & { kind: 'repeat' }): void => {
    for (let count = 0; count < least; count += 1) write(part)
    if (most === Number.POSITIVE_INFINITY) {
      const start = program.length
      const way = fork()
      write(part)
      const back = fork()
      Object.assign(back, { next: start, other: start })
      way.other = program.length
      return
    }
    const ways = []
    for (let count = least; count < most; count += 1) {
      ways.push(fork())
      write(part)
    }
    for (const way of ways) way.other = program.length
  }
  write(expression)
  add({ kind: 'match' })
  return program
}
