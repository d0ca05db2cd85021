/** Series selectors as in PromQL: a metric name, matchers in braces, or both. */
import { policyError } from '../errors.ts'
import { Automaton, decodeValue } from './automaton.ts'
import { parseExpression } from './expression.ts'
import { escapeUnderscores, loosen } from './family-names.ts'

/** `=`, `!=`, `=~` and `!~`; expressions match the whole value, and a label that is not there is one with an empty value. */
export interface Matcher {
  readonly label: string
  readonly negated: boolean
  readonly value: ValueTest
}

/** As {@link Automaton} answers it. */
export interface ValueTest {
  matchesText(text: string): boolean
  matchesBytes(data: Uint8Array, start: number, end: number): boolean
}

export interface Selector {
  /** About `__name__`, in whatever way it was written. */
  readonly names: readonly Matcher[]
  readonly labels: readonly Matcher[]
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y
const LABEL = /[a-zA-Z_][a-zA-Z0-9_]*/y
const OPERATOR = /=~|!~|!=|=/y
const BLANKS = /\s*/y
const QUOTED = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`/y

/** @throws {PosternError} ERR_POSTERN_POLICY when it cannot be read, or selects every series */
export function parseSelector(source: unknown): Selector {
  if (typeof source !== 'string') throw fault(String(source), 'is no text')
  let at = 0
  const read = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const match = pattern.exec(source)?.[0]
    if (match !== undefined) at += match.length
    return match
  }
  const take = (character: string): boolean => {
    read(BLANKS)
    if (source[at] !== character) return false
    at += 1
    read(BLANKS)
    return true
  }
  const matchers: Matcher[] = []
  read(BLANKS)
  const name = read(NAME)
  if (name !== undefined) matchers.push(compileMatcher('__name__', '=', name))
  if (take('{')) {
    while (!take('}')) {
      const quoted = read(QUOTED)
      const label = quoted === undefined ? read(LABEL) : unquote(source, quoted)
      if (label === undefined) throw fault(source, `has no label where ${found(source, at)} stands`)
      read(BLANKS)
      const operator = read(OPERATOR)
      // `{"my.name"}` is how a name that is not of the legacy alphabet is written.
      if (operator === undefined && quoted !== undefined) matchers.push(compileMatcher('__name__', '=', label))
      else if (operator === undefined) throw fault(source, `has no =, !=, =~ or !~ after ${JSON.stringify(label)}`)
      else {
        read(BLANKS)
        const value = read(QUOTED)
        if (value === undefined) throw fault(source, `has no value in quotes after ${label}${operator}`)
        matchers.push(compileMatcher(label, operator, unquote(source, value)))
      }
      if (take(',')) continue
      if (source[at] !== '}') throw fault(source, `has no "," or "}" where ${found(source, at)} stands`)
    }
  }
  read(BLANKS)
  if (at < source.length) throw fault(source, `goes on with ${found(source, at)}`)
  if (matchers.length === 0) throw fault(source, 'selects every series')
  return {
    names: matchers.filter(({ label }) => label === '__name__'),
    labels: matchers.filter(({ label }) => label !== '__name__'),
  }
}

function compileMatcher(label: string, operator: string, value: string): Matcher {
  const negated = operator.startsWith('!')
  const isName = label === '__name__'
  if (!operator.endsWith('~')) return { label, negated, value: new ExactValue(value, isName ? escapeUnderscores(value) : value) }
  const expression = parseExpression(value)
  return { label, negated, value: new Automaton(isName ? loosen(expression) : expression, { searches: false }) }
}

/** One text, or the other way in which a name may travel. */
class ExactValue implements ValueTest {
  readonly #text: string
  readonly #escaped: string
  readonly #bytes: Uint8Array

  constructor(text: string, escaped: string) {
    this.#text = text
    this.#escaped = escaped
    this.#bytes = Buffer.from(text)
  }

  matchesText(text: string): boolean {
    return text === this.#text || text === this.#escaped
  }

  matchesBytes(data: Uint8Array, start: number, end: number): boolean {
    const bytes = this.#bytes
    let same = end - start === bytes.length
    for (let at = start; at < end; at += 1) {
      // An escape has two spellings of some characters, or the text has characters that are written with one.
      if (data[at] === BACKSLASH) return decodeValue(data, start, end) === this.#text
      same &&= data[at] === bytes[at - start]
    }
    return same
  }
}

const BACKSLASH = 92

/** @param names those that the series goes by, any of which will do; a negated matcher wants none of them */
export function holdsForNames({ value, negated }: Matcher, names: ReadonlySet<string>): boolean {
  for (const name of names) if (value.matchesText(name)) return !negated
  return negated
}

/** @param start where the value starts in `data`; -1 when the series has no such label */
export function holdsForValue({ value, negated }: Matcher, data: Uint8Array, start: number, end: number): boolean {
  return (start < 0 ? value.matchesText('') : value.matchesBytes(data, start, end)) !== negated
}

function unquote(source: string, quoted: string): string {
  const inside = quoted.slice(1, -1)
  if (quoted.startsWith('`')) return inside
  return inside.replace(/\\(.)/gs, (_, character: string) => {
    const meaning = ESCAPES.get(character)
    if (meaning === undefined) throw fault(source, `has the escape \\${character}; write a backslash in quotes as \\\\, or use backquotes`)
    return meaning
  })
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\\', '\\'],
  ['"', '"'],
  ["'", "'"],
  ['n', '\n'],
  ['t', '\t'],
])

const found = (source: string, at: number): string => (at < source.length ? JSON.stringify(source.slice(at, at + 20)) : 'the end')

const fault = (source: string, why: string): Error =>
  policyError('ERR_POSTERN_POLICY', `the selector ${JSON.stringify(source.slice(0, 200))} ${why}`, {
    fix: 'Write it as in PromQL, like http_requests_total{route=~"/api/.*"} or {team="shop"}.',
  })
