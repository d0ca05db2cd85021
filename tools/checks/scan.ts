/**
 * The words of a TypeScript file without its comments, and the imports among them. TypeScript 7 has no parser to call;
 * telling strings, templates, comments and regular expressions apart is all that these checks need.
 */

export interface Token {
  readonly kind: 'word' | 'string' | 'punctuation'
  /** For a string its contents, as written between the quotes. */
  readonly text: string
  /** Counts from 1. */
  readonly line: number
}

export interface Import {
  /** What stands between the quotes; undefined when an `import()` computes its target. */
  readonly specifier: string | undefined
  readonly line: number
  /** True when nothing remains of it after compilation. */
  readonly isTypeOnly: boolean
  /** The imported names as exported over there; empty for a whole module. */
  readonly names: readonly string[]
}

const WORD = /[\p{ID_Start}$_\d#@][\p{ID_Continue}$\u200c\u200d]*/uy
const REGULAR_EXPRESSION = /\/(?:[^/\\[\r\n]|\\.|\[(?:[^\]\\\r\n]|\\.)*\])+\/[a-z]*/y
/** After one of these words a slash begins a regular expression; after any other it divides. */
const BEFORE_EXPRESSION = new Set('return typeof case in of delete void throw new else do await yield instanceof'.split(' '))

/** Cost: one pass; a megabyte takes some tens of milliseconds. */
export function tokenise(source: string): Token[] {
  const tokens: Token[] = []
  /** One entry for each open template: how many braces are open inside its present `${`. */
  const templates: number[] = []
  let at = source.startsWith('#!') ? endOfLine(source, 0) : 0
  let line = 1
  let counted = 0
  const push = (kind: Token['kind'], text: string, start: number): void => {
    for (; counted < start; counted++) if (source[counted] === '\n') line++
    tokens.push({ kind, text, line })
  }
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    return pattern.exec(source)?.[0]
  }
  /** Reads template text from `at`, which is behind a backtick or behind the brace that ends a `${`. */
  const readTemplate = (isWhole: boolean): void => {
    const start = at
    while (at < source.length && source[at] !== '`' && !source.startsWith('${', at)) at += source[at] === '\\' ? 2 : 1
    const opens = source.startsWith('${', at)
    if (isWhole && !opens) push('string', source.slice(start, at), start)
    if (opens) templates.push(0)
    at += opens ? 2 : 1
  }
  while (at < source.length) {
    const character = source.charAt(at)
    if (/\s/.test(character)) at++
    else if (source.startsWith('//', at)) at = endOfLine(source, at)
    else if (source.startsWith('/*', at)) at = endOf(source, '*/', at + 2)
    else if (character === '"' || character === "'") {
      const start = ++at
      while (at < source.length && source[at] !== character) at += source[at] === '\\' ? 2 : 1
      push('string', source.slice(start, at++), start)
    } else if (character === '`') {
      at++
      readTemplate(true)
    } else if (character === '}' && templates.at(-1) === 0) {
      templates.pop()
      at++
      readTemplate(false)
    } else {
      const word = match(WORD)
      const expression = character === '/' && beginsExpression(tokens.at(-1)) ? match(REGULAR_EXPRESSION) : undefined
      if (word !== undefined) push('word', word, at)
      else if (expression === undefined) push('punctuation', character, at)
      const depth = templates.length - 1
      if (depth >= 0 && character === '{') templates[depth] = (templates[depth] ?? 0) + 1
      if (depth >= 0 && character === '}') templates[depth] = (templates[depth] ?? 0) - 1
      at += (word ?? expression ?? character).length
    }
  }
  return tokens
}

function beginsExpression(before: Token | undefined): boolean {
  if (before === undefined) return true
  if (before.kind === 'word') return BEFORE_EXPRESSION.has(before.text)
  return before.kind === 'punctuation' && !')]'.includes(before.text)
}

function endOfLine(source: string, from: number): number {
  const end = source.indexOf('\n', from)
  return end === -1 ? source.length : end
}

function endOf(source: string, mark: string, from: number): number {
  const end = source.indexOf(mark, from)
  return end === -1 ? source.length : end + mark.length
}

/** `@scope/name` of `@scope/name/subpath`. */
export function packageName(specifier: string): string {
  return /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier
}

/** Every `import`, `export … from`, `import()` and `require()` of a file, in order. */
export function importsOf(tokens: readonly Token[]): Import[] {
  const found: Import[] = []
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'word' || isText(tokens[index - 1], '.')) continue
    const next = tokens[index + 1]
    if (token.text === 'require' && isText(next, '(')) {
      const target = tokens[index + 2]
      if (target?.kind === 'string') found.push({ specifier: target.text, line: token.line, isTypeOnly: false, names: [] })
    } else if (token.text === 'import' && isText(next, '(')) {
      const target = tokens[index + 2]
      const isLiteral = target?.kind === 'string' && [')', ','].includes(tokens[index + 3]?.text ?? '')
      // A method may be called `import`; its parameters end in `) {` or `):`. Nobody here writes one, so it counts as an import.
      found.push({ specifier: isLiteral ? target.text : undefined, line: token.line, isTypeOnly: false, names: [] })
    } else if (token.text === 'import' || token.text === 'export') {
      const statement = readStatement(tokens, index)
      if (statement !== undefined) found.push(statement)
    }
  }
  return found
}

/** `import a, { type b } from 'c'`, `import 'c'`, `export * as a from 'c'`, `export { a } from 'c'`; undefined for anything else. */
function readStatement(tokens: readonly Token[], start: number): Import | undefined {
  const line = tokens[start]?.line ?? 0
  const isImport = tokens[start]?.text === 'import'
  let at = start + 1
  const isTypeOnly = isText(tokens[at], 'type') && !isText(tokens[at + 1], 'from') && !isText(tokens[at + 1], ',')
  if (isTypeOnly) at++
  const first = tokens[at]
  if (isImport && first?.kind === 'string') return { specifier: first.text, line, isTypeOnly: false, names: [] }
  const names: string[] = []
  if (!isImport && !isText(first, '{') && !isText(first, '*')) return undefined
  for (; at < tokens.length; at++) {
    const token = tokens[at]
    if (token === undefined) return undefined
    if (isText(token, 'from') && tokens[at + 1]?.kind === 'string') return { specifier: tokens[at + 1]?.text, line, isTypeOnly, names }
    if (isText(token, '{')) {
      for (at++; at < tokens.length && !isText(tokens[at], '}'); at++) {
        const isName = isText(tokens[at - 1], '{') || isText(tokens[at - 1], ',')
        const isModifier = isText(tokens[at], 'type') && tokens[at + 1]?.kind === 'word'
        const name = isModifier ? tokens[at + 1] : tokens[at]
        if (isName && name !== undefined && name.kind !== 'punctuation') names.push(name.text)
      }
      // `export { a }` alone: whatever follows is a statement of its own.
      if (!isText(tokens[at + 1], 'from')) return undefined
    } else if (token.kind === 'string' || (token.kind === 'punctuation' && !'*,'.includes(token.text))) return undefined
  }
  return undefined
}

function isText(token: Token | undefined, text: string): boolean {
  return token !== undefined && token.kind !== 'string' && token.text === text
}
