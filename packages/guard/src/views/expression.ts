/**
 * Regular expressions in the syntax of RE2 that PromQL uses, read into a tree. A subset: what is not read is refused by name, so that
 * nothing means less than its author believes.
 */
import { policyError } from '../errors.ts'

/** Code points from and to, both inside; ascending and apart. */
export type Ranges = readonly (readonly [from: number, to: number])[]

export type Expression =
  | { readonly kind: 'set'; readonly ranges: Ranges }
  | { readonly kind: 'sequence'; readonly parts: readonly Expression[] }
  | { readonly kind: 'choice'; readonly parts: readonly Expression[] }
  | { readonly kind: 'repeat'; readonly part: Expression; readonly least: number; readonly most: number }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }

export const LAST_CODE_POINT = 0x10ffff
/** As in RE2. */
const MAX_REPEAT = 1000
const MAX_LENGTH = 1000
const MAX_DEPTH = 50

const DIGITS: Ranges = [[48, 57]]
const WORD: Ranges = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
]
const BLANKS: Ranges = [
  [9, 10],
  [12, 13],
  [32, 32],
]
const CLASSES: ReadonlyMap<string, Ranges> = new Map([
  ['d', DIGITS],
  ['D', invert(DIGITS)],
  ['w', WORD],
  ['W', invert(WORD)],
  ['s', BLANKS],
  ['S', invert(BLANKS)],
])
const CONTROLS: ReadonlyMap<string, number> = new Map([
  ['n', 10],
  ['t', 9],
  ['r', 13],
  ['f', 12],
  ['v', 11],
  ['a', 7],
])

/**
 * Literals, `.` (which is a line feed too, as in PromQL), classes, groups, `|`, `*`, `+`, `?`, `{n,m}`, `^`, `$`, escapes, and `(?i)` at
 * the start.
 * @throws {PosternError} ERR_POSTERN_POLICY for anything else, and beyond 1000 characters
 */
export function parseExpression(source: string): Expression {
  return new Parser(source).whole()
}

class Parser {
  readonly #source: string
  readonly #characters: readonly string[]
  #at = 0
  #depth = 0
  #foldsCase = false

  constructor(source: string) {
    this.#source = source
    this.#characters = Array.from(source)
  }

  whole(): Expression {
    if (this.#characters.length > MAX_LENGTH) throw this.#fault(`has over ${MAX_LENGTH} characters`)
    if (this.#source.startsWith('(?i)')) {
      this.#foldsCase = true
      this.#at = 4
    }
    const expression = this.#choice()
    if (this.#peek() !== undefined) throw this.#fault('closes a group that it does not open')
    return expression
  }

  #choice(): Expression {
    const parts = [this.#sequence()]
    while (this.#take('|')) parts.push(this.#sequence())
    return { kind: 'choice', parts }
  }

  #sequence(): Expression {
    const parts: Expression[] = []
    for (let next = this.#peek(); next !== undefined && next !== '|' && next !== ')'; next = this.#peek()) parts.push(this.#repeated())
    return { kind: 'sequence', parts }
  }

  #repeated(): Expression {
    const part = this.#single()
    const [least, most] = this.#count() ?? [1, 1]
    if (least === 1 && most === 1) return part
    // Whether as much or as little as possible is taken changes nothing in whether it matches.
    this.#take('?')
    if (this.#count() !== undefined) throw this.#fault('repeats a repetition')
    return { kind: 'repeat', part, least, most }
  }

  #count(): readonly [least: number, most: number] | undefined {
    if (this.#take('*')) return [0, Number.POSITIVE_INFINITY]
    if (this.#take('+')) return [1, Number.POSITIVE_INFINITY]
    if (this.#take('?')) return [0, 1]
    // Braces that are no count are themselves, as in RE2.
    const braces = /^\{(\d{1,4})(,?)(\d{0,4})\}/.exec(this.#rest(12))
    if (braces === null || (braces[2] === '' && braces[3] !== '')) return undefined
    this.#at += braces[0].length
    const least = Number(braces[1])
    const most = braces[2] === '' ? least : braces[3] === '' ? Number.POSITIVE_INFINITY : Number(braces[3])
    if (least > most || least > MAX_REPEAT || (most > MAX_REPEAT && most !== Number.POSITIVE_INFINITY)) {
      throw this.#fault(`repeats ${braces[0]}: the first number is at most the second, and that ${MAX_REPEAT}`)
    }
    return [least, most]
  }

  #single(): Expression {
    const character = this.#next()
    switch (character) {
      case '(':
        return this.#group()
      case '[':
        return this.#set(this.#class())
      case '.':
        return this.#set([[0, LAST_CODE_POINT]])
      case '^':
        return { kind: 'start' }
      case '$':
        return { kind: 'end' }
      case '*':
      case '+':
      case '?':
        throw this.#fault(`has a "${character}" with nothing before it to repeat`)
      case '\\':
        return this.#set(this.#escape())
      default:
        return this.#set(only(character))
    }
  }

  #group(): Expression {
    if (this.#take('?') && !this.#take(':')) throw this.#fault('has a group of a kind that is not read here; (…) and (?:…) are')
    this.#depth += 1
    if (this.#depth > MAX_DEPTH) throw this.#fault(`has groups more than ${MAX_DEPTH} deep`)
    const inside = this.#choice()
    if (!this.#take(')')) throw this.#fault('opens a group that it does not close')
    this.#depth -= 1
    return inside
  }

  #class(): Ranges {
    const inverted = this.#take('^')
    const ranges: (readonly [number, number])[] = []
    for (let first = true; first || !this.#take(']'); first = false) {
      const from = this.#classPart()
      const [low] = from[0] as readonly [number, number]
      const isRange = isOne(from) && this.#peek() === '-' && this.#peek(1) !== ']'
      if (!isRange) {
        ranges.push(...from)
        continue
      }
      this.#at += 1
      const to = this.#classPart()
      const [high] = to[0] as readonly [number, number]
      if (!isOne(to) || high < low) throw this.#fault('has a class with a range that does not ascend')
      ranges.push([low, high])
    }
    return inverted ? invert(this.#folded(ranges)) : ranges
  }

  #classPart(): Ranges {
    if (this.#peek() === undefined) throw this.#fault('opens a class that it does not close')
    if (this.#rest(2) === '[:') throw this.#fault('has a named class; write its characters, like [a-z]')
    const character = this.#next()
    return character === '\\' ? this.#escape() : only(character)
  }

  #escape(): Ranges {
    if (this.#peek() === undefined) throw this.#fault('ends with a backslash')
    const character = this.#next()
    const named = CLASSES.get(character)
    if (named !== undefined) return named
    const control = CONTROLS.get(character)
    if (control !== undefined) return [[control, control]]
    if (character === 'x') {
      const hex = /^(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})/.exec(this.#rest(8))
      const point = Number.parseInt(hex?.[1] ?? hex?.[2] ?? '', 16)
      if (hex === null || point > LAST_CODE_POINT) throw this.#fault('has a \\x without two digits, or a character in braces')
      this.#at += hex[0].length
      return [[point, point]]
    }
    if (/[0-9A-Za-z]/.test(character)) throw this.#fault(`has \\${character}, which is not read here`)
    return only(character)
  }

  #set(ranges: Ranges): Expression {
    return { kind: 'set', ranges: merge(this.#folded(ranges)) }
  }

  /** Letters of ASCII alone: others fold differently in different languages. */
  #folded(ranges: Ranges): Ranges {
    if (!this.#foldsCase) return ranges
    const shifted = ranges.flatMap(([from, to]) => [...shift(from, to, 65, 32), ...shift(from, to, 97, -32)])
    return [...ranges, ...shifted]
  }

  #peek(ahead = 0): string | undefined {
    return this.#characters[this.#at + ahead]
  }

  /** Only where there is one. */
  #next(): string {
    const character = this.#characters[this.#at] as string
    this.#at += 1
    return character
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false
    this.#at += 1
    return true
  }

  #rest(length: number): string {
    return this.#characters.slice(this.#at, this.#at + length).join('')
  }

  #fault(why: string): Error {
    return policyError('ERR_POSTERN_POLICY', `the expression ${JSON.stringify(this.#source.slice(0, 100))} ${why}`, {
      fix: 'Write it in the syntax of RE2, as for Prometheus, without lookaround, backreferences, word boundaries, flags and Unicode classes.',
    })
  }
}

const only = (character: string): Ranges => {
  const point = character.codePointAt(0) as number
  return [[point, point]]
}

const isOne = (ranges: Ranges): boolean => ranges.length === 1 && ranges[0]?.[0] === ranges[0]?.[1]

/** The part of a range inside the 26 letters from `first` on, moved to the other case. */
function shift(from: number, to: number, first: number, by: number): Ranges {
  const [low, high] = [Math.max(from, first), Math.min(to, first + 25)]
  return low <= high ? [[low + by, high + by]] : []
}

/** In order, none touching another. */
function merge(ranges: Ranges): Ranges {
  const merged: [number, number][] = []
  for (const [from, to] of ranges.toSorted(([one], [other]) => one - other)) {
    const last = merged.at(-1)
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else merged.push([from, to])
  }
  return merged
}

function invert(ranges: Ranges): Ranges {
  const inverted: [number, number][] = []
  let from = 0
  for (const [low, high] of merge(ranges)) {
    if (low > from) inverted.push([from, low - 1])
    from = high + 1
  }
  if (from <= LAST_CODE_POINT) inverted.push([from, LAST_CODE_POINT])
  return inverted
}
