/** What a YAML parser finds, in words for whoever wrote the file: what to look at, and nothing of the line itself, which may hold a hash. */
import { type LineCounter, parseAllDocuments, type parseDocument, visit } from 'yaml'
import { findMisindented } from './indentation.ts'

export type Document = ReturnType<typeof parseDocument>

export interface Fault {
  readonly message: string
  readonly fix: string
  /** In characters from the start; undefined where the whole file is meant. */
  readonly offset?: number | undefined
}

/** Warnings of the parser are faults too: a tag that is passed over, or a directive, means something to whoever wrote it. */
export function syntaxFault(document: Document, text: string, lines: LineCounter): Fault | undefined {
  const fault = document.errors[0] ?? document.warnings[0]
  if (!fault) return undefined
  const [offset] = fault.pos
  const several = fault.code === 'MULTIPLE_DOCS' || parseAllDocuments(text).length > 1
  if (several) return { message: 'this file holds several YAML documents', fix: 'Keep one, without --- between.', offset }
  if (INDENTING.has(fault.code)) {
    const found = findMisindented(text)
    // The parser stumbles at the line or beside it; a stranger further off is another matter.
    if (found && Math.abs(found.line - lines.linePos(offset).line) <= 2) {
      return {
        message: `this line starts in column ${found.column}, and the lines around it in column ${found.around}`,
        fix: 'Indent them alike.',
        offset: (lines.lineStarts[found.line - 1] ?? 0) + found.column - 1,
      }
    }
  }
  const words = SYNTAX.find(({ code, says }) => code === fault.code && (!says || says.test(fault.message)))
  return words
    ? { message: words.message, fix: words.fix, offset: words.quote ? quoteBefore(document, offset) : offset }
    : { message: `this is not YAML: ${withoutQuotation(fault.message)}`, fix: LOOK, offset }
}

/** Codes that the parser gives to a line which starts in the wrong column, among others. */
const INDENTING: ReadonlySet<string> = new Set([
  'BAD_INDENT',
  'BLOCK_AS_IMPLICIT_KEY',
  'MULTILINE_IMPLICIT_KEY',
  'MISSING_CHAR',
  'UNEXPECTED_TOKEN',
])

const LOOK = 'Look at the indentation, quotes, brackets and colons of this line and of the one above it.'

interface Words {
  readonly code: string
  /** Where one code has several meanings. */
  readonly says?: RegExp
  readonly message: string
  readonly fix: string
  /** True where the fault is told at the quote that opened the text, not at its end. */
  readonly quote?: true
}

const SYNTAX: readonly Words[] = [
  { code: 'DUPLICATE_KEY', message: 'this key stands twice in its mapping', fix: 'Keep one of the two.' },
  { code: 'TAB_AS_INDENT', message: 'a tab indents this line, and YAML allows only spaces', fix: 'Indent it with spaces.' },
  { code: 'TAG_RESOLVE_FAILED', message: 'this tag is unknown, and a value needs none here', fix: 'Take out the word with the !.' },
  { code: 'BAD_DIRECTIVE', message: 'this line is a directive, and a configuration needs none', fix: 'Take the line out.' },
  {
    code: 'BAD_DQ_ESCAPE',
    message: 'a backslash in double quotes starts an escape that YAML does not have',
    fix: 'Write the backslash twice, or use single quotes.',
  },
  {
    code: 'MISSING_CHAR',
    says: /closing ["']/,
    message: 'this text starts with a quote and never ends',
    fix: 'Write the same quote behind its last letter.',
    quote: true,
  },
  {
    code: 'MISSING_CHAR',
    says: /Missing ,/,
    message: 'two values stand side by side in brackets',
    fix: 'Write a comma between them.',
  },
  {
    code: 'BAD_INDENT',
    says: /Flow (?:sequence|map)/,
    message: 'a bracket that opened before this place is still open',
    fix: 'Close it, or indent its lines deeper than the key it belongs to.',
  },
  {
    code: 'BAD_INDENT',
    message: 'this line starts in a column where nothing that it could belong to starts',
    fix: 'Compare its indentation with that of the lines above it.',
  },
  {
    code: 'MISSING_CHAR',
    says: /^Comments/,
    message: 'a # stands directly behind a value',
    fix: 'Write a space before it, or put the whole value in quotes.',
  },
  {
    code: 'UNEXPECTED_TOKEN',
    says: /block-seq-ind on same line/,
    message: 'a dash stands on the line of its key',
    fix: 'Start the list on the next line.',
  },
  {
    code: 'UNEXPECTED_TOKEN',
    says: /^Unexpected , /,
    message: 'nothing stands before this comma',
    fix: 'Take the comma out, or write what is missing.',
  },
  {
    code: 'UNEXPECTED_TOKEN',
    says: /at node end/,
    message: 'something stands here behind a value that has ended',
    fix: 'Take it out, or put the whole value in one pair of quotes.',
  },
  {
    code: 'UNEXPECTED_TOKEN',
    says: /flow-(?:seq|map)-end/,
    message: 'a bracket closes here that none has opened',
    fix: 'Take it out, or write the one that opens it.',
  },
  {
    code: 'UNEXPECTED_TOKEN',
    says: /Block scalar header/,
    message: 'something stands behind the sign | or >, and the text starts on the next line',
    fix: 'Put the value in quotes instead.',
  },
  { code: 'BAD_SCALAR_START', message: 'a text without quotes cannot start with this sign', fix: 'Put the text in quotes.' },
  {
    code: 'BLOCK_AS_IMPLICIT_KEY',
    says: /Nested mappings/,
    message: 'a colon and a space stand inside this value, as behind a key',
    fix: 'Put the value in quotes, or start the key on a line of its own.',
  },
  {
    code: 'BLOCK_AS_IMPLICIT_KEY',
    message: 'a list starts here, where a key is wanted',
    fix: 'Compare the indentation of this line with that of the lines above it.',
  },
  {
    code: 'MULTILINE_IMPLICIT_KEY',
    message: 'this is no key with a colon and a space behind it',
    fix: 'Write it as KEY: VALUE, with a space behind the colon.',
  },
]

/** The start of the quoted text that runs to `end`. */
function quoteBefore(document: Document, end: number): number {
  let start = end
  visit(document, {
    Scalar(_, { type, range }) {
      if (type?.startsWith('QUOTE_') && range && range[0] < end && range[1] >= end) start = range[0]
    },
  })
  return start
}

/** The parser's own words without what it repeats of the file after a colon, which may be a hash. */
const withoutQuotation = (message: string): string =>
  `${message.charAt(0).toLowerCase()}${message.slice(1)}`.replace(/: (?!between ).*$/s, '')
