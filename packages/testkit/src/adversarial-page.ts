/** docs/reference/adversarial.md, from the cases and from what each way in was seen to answer. Pure. */
import type { GuardOptions } from '@postern/guard'
import type { AdapterCase, Conversation } from './adapter-cases/case.ts'
import { COLUMNS } from './adapter-cases/case.ts'
import { isConversation, THEMES } from './adapter-cases/catalogue.ts'
import { HASH, RIGHT } from './adapter-cases/policy.ts'
import type { Sighting } from './adapter-cases/sightings.ts'

/** Systems of others, asked the same under a configuration of their own. */
export const RIVALS = ['nginx 1.22', 'node_exporter 1.5'] as const

/** Numbers of the same list that no request to an adapter can show. */
export const ELSEWHERE: readonly { readonly number: number; readonly what: string; readonly file: string }[] = [
  {
    number: 3,
    what: 'an unknown user costs the hash that the dearest known one costs',
    file: 'packages/guard/test/hashes/password-checker.test.ts',
  },
  { number: 11, what: 'a flood of wrong passwords does not hold up one who is known', file: 'packages/guard/test/flood.test.ts' },
  { number: 55, what: 'every other way to write an address', file: 'packages/guard/test/net/address.test.ts' },
  { number: 59, what: 'what a client says of itself does not reach the upstream', file: 'packages/postern/test/gateway/scrape.test.ts' },
]

const INTRODUCTION = `# The adversarial table

Requests of somebody who should not get in, sent as bytes over real sockets, and what each way to guarded metrics answers. Written by \`npm run adversarial\` from the runs themselves: every cell is what was seen, and what is seen of ours is asserted by the tests of the same cases in each run. The numbers are those of the list that all parts of the project are held to; cases of one number stand together by theme.

- A cell with two answers is of an adapter that can stand in two places: \`401 / 404\` is 401 where the guard comes first, and 404 where the router of the framework does and does not know the request. A router may also say 400 to a target that it cannot read. Neither has metrics in it.
- \`closed\` is an end of the connection, after an answer or instead of one; \`waits\`: no answer in a second; \`goes on\`: not over in ten; \`–\`: there is no such setting.
- The policy has users with bcrypt hashes and one token unless the row says otherwise. nginx has the same users in an htpasswd file (\`location /metrics\`, \`auth_basic\`, \`allow\` and \`deny\`, before a node_exporter without a password), node_exporter in its web configuration. Neither has tokens, nor two passwords for one user: a 401 there is no fault of theirs. What they answer is shown, not judged.

Where this differs from what others may expect: a target beyond 8 KiB is refused with 400, as any other that cannot be read in one way, and beyond 16 KiB with 431; header fields are bounded by their size of 16 KiB and not by their count, so that a second credential behind hundreds of others is seen and refused.
`

export function renderAdversarialPage(sightings: readonly Sighting[]): string {
  const columns = [...COLUMNS, ...RIVALS]
  const sections = THEMES.map(({ title, rows }) => {
    const lines = rows
      .filter(({ numbers }) => numbers !== undefined)
      .map((row) => {
        const cells = columns.map((column) => seenIn(sightings, column, row.name))
        return tableRow([(row.numbers ?? []).join(', '), sentOf(row), expectedOf(row), ...cells])
      })
    return [
      `## ${title}`,
      '',
      tableRow(['#', 'sent', 'expected', ...columns]),
      tableRow(['---:', ...columns.map(() => '---'), '---', '---']),
      ...lines,
    ]
  })
  const elsewhere = [
    '## Shown elsewhere',
    '',
    tableRow(['#', 'what', 'test']),
    tableRow(['---:', '---', '---']),
    ...ELSEWHERE.map(({ number, what, file }) => tableRow([String(number), what, `[${file}](../../${file})`])),
  ]
  return `${[INTRODUCTION, ...sections.map((section) => [...section, ''].join('\n')), elsewhere.join('\n')].join('\n')}\n`
}

/** What must not lag behind the cases: headings, columns, and of each row all but what was seen. */
export function structureOf(page: string): string[] {
  return page
    .split('\n')
    .filter((line) => /^(?:\||## )/.test(line))
    .map((line) =>
      /^\| *\d/.test(line)
        ? line
            .split(/(?<!\\)\|/)
            .slice(1, 4)
            .join('|')
        : line,
    )
}

const tableRow = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

function seenIn(sightings: readonly Sighting[], column: string, name: string): string {
  const seen = sightings.filter((one) => one.column === column).flatMap((one) => one.seen[name] ?? [])
  return seen.length === 0 ? '–' : [...new Set(seen)].sort().join(' / ')
}

function expectedOf(row: AdapterCase | Conversation): string {
  if (isConversation(row)) return row.expected
  return [row.status].flat().join(' or ') + (row.ends === true ? ' closed' : '')
}

function sentOf(row: AdapterCase | Conversation): string {
  if (isConversation(row)) return row.sends
  const { method = 'GET', target = '/metrics', lines = [], guard } = row
  const parts = row.bytes === undefined ? [`${method} ${target}`, ...readable(lines)] : readable(row.bytes.trimEnd().split('\r\n'))
  return code(parts.map(legible).join(' ⏎ ')) + (guard === undefined ? '' : ` under ${policyOf(guard)}`)
}

/** Runs of equal lines as one, the right password as that, and where the body begins. */
function readable(lines: readonly string[]): string[] {
  const each = lines.flatMap((line) => line.split('\r\n'))
  const body = each.indexOf('')
  const runs: { line: string; count: number }[] = []
  for (const [at, line] of each.entries()) {
    const shown = at === body ? '(body)' : line === RIGHT ? '(right password)' : line
    const last = runs.at(-1)
    if (last?.line === shown) last.count += 1
    else if (shown !== '') runs.push({ line: shown, count: 1 })
  }
  return runs.map(({ line, count }) => (count === 1 ? line : `${line} (${count} times)`))
}

/** Basic credentials as text where they are text, long runs as their length, and no byte that a page cannot show. */
function legible(line: string): string {
  return line
    .replaceAll(/(Basic )([A-Za-z\d+/]+={0,2})(?=$|,)/gi, (whole, scheme: string, base64: string) => {
      const text = Buffer.from(base64, 'base64').toString('utf8')
      return text.includes('\ufffd') || !text.includes(':') || Buffer.from(text).toString('base64') !== base64
        ? whole
        : `${scheme}‹${text}›`
    })
    .replaceAll(HASH, '(its hash)')
    .replaceAll(/(.)\1{40,}/g, (run: string, character: string) => `${character}…(${run.length})`)
    .replaceAll(/[\p{Cc}\u0300-\u036f\ufeff]/gu, (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`)
}

const code = (text: string): string => `\`${text.replaceAll('|', '\\|').trim()}\``

function policyOf({ credentials, addresses, rules }: GuardOptions): string {
  const words = [
    credentials === 'none' ? 'no credentials' : '',
    addresses?.allow ? `allow ${addresses.allow.join(', ')}` : '',
    addresses?.deny ? `deny ${addresses.deny.join(', ')}` : '',
    ...(rules ?? []).map(
      (rule) => `${rule.credentials === 'none' ? 'open' : 'guarded'} ${[...(rule.methods ?? []), ...(rule.paths ?? [])].join(' ')}`,
    ),
  ]
  return words.filter((word) => word !== '').join('; ')
}
