/** docs/reference/errors.md and docs/reference/reasons.md say what the code says, row for row, and no code is there for nothing. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { listFiles } from './checks/files.ts'
import { tableRows } from './checks/markdown.ts'
import { type CheckResult, type Fault, runAsProgram } from './checks/report.ts'
import { tokenise } from './checks/scan.ts'

/** One catalogue: a table in the code, and the page that explains each of its rows. */
interface Catalogue {
  readonly page: string
  /** What a row is called in messages: `code`. */
  readonly noun: string
  /** Column of the number that page and code share, from 0. */
  readonly numberColumn: number
  readonly columns: number
  readonly sources: readonly { readonly file: string; readonly name: string; readonly number: 'exit' | 'status' }[]
}

const CATALOGUES: readonly Catalogue[] = [
  {
    page: 'docs/reference/errors.md',
    noun: 'code',
    numberColumn: 1,
    columns: 5,
    sources: [
      { file: 'packages/guard/src/errors.ts', name: 'CODES', number: 'exit' },
      { file: 'packages/postern/src/errors.ts', name: 'COMMAND_CODES', number: 'exit' },
    ],
  },
  {
    page: 'docs/reference/reasons.md',
    noun: 'reason',
    numberColumn: 1,
    columns: 4,
    sources: [{ file: 'packages/guard/src/decision.ts', name: 'REASONS', number: 'status' }],
  },
]

/** A row of the code: where it stands and its number. */
interface Entry {
  readonly file: string
  readonly number: number
}

export async function checkErrors(root: string): Promise<CheckResult> {
  const faults: Fault[] = []
  const counts: string[] = []
  for (const catalogue of CATALOGUES) {
    const entries = await readEntries(root, catalogue)
    faults.push(...pageFaults(root, catalogue, entries), ...unusedFaults(root, catalogue, entries))
    counts.push(`${entries.size} ${catalogue.noun}s`)
  }
  return { holds: `${counts.join(' and ')}, each thrown or answered somewhere and explained in docs/reference`, faults }
}

async function readEntries(root: string, { sources }: Catalogue): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>()
  for (const { file, name, number } of sources) {
    const module: Record<string, Record<string, Record<string, unknown>>> = await import(pathToFileURL(join(root, file)).href)
    for (const [key, row] of Object.entries(module[name] ?? {})) entries.set(key, { file, number: Number(row[number]) })
  }
  return entries
}

function pageFaults(root: string, { page, noun, numberColumn, columns }: Catalogue, entries: ReadonlyMap<string, Entry>): Fault[] {
  const markdown = readFileSync(join(root, page), 'utf8')
  const rows = new Map(tableRows(markdown).map((row) => [row[0] ?? '', row]))
  const faults: Fault[] = []
  const say = (message: string, fix: string): void => void faults.push({ place: page, message, fix })
  for (const [key, { file, number }] of entries) {
    const row = rows.get(key)
    if (row === undefined) say(`the ${noun} ${key} of ${file} has no row`, 'Write one, or delete the code.')
    else if (Number(row[numberColumn]) !== number) say(`${key} has "${row[numberColumn]}" where ${file} has ${number}`, `Write ${number}.`)
    else if (row.length !== columns || row.includes('')) say(`the row of ${key} lacks a cell`, `Fill all ${columns} columns.`)
  }
  for (const key of rows.keys())
    if (!entries.has(key)) say(`"${key}" is no ${noun} of the code`, 'Delete the row, or correct its spelling.')
  const told = new RegExp(`(\\d+) ${noun}s`).exec(markdown)?.[1]
  if (told !== String(entries.size)) say(`the page speaks of "${told ?? 'no'} ${noun}s"`, `Write "${entries.size} ${noun}s".`)
  return faults
}

/** A row that only its own definition names is a promise that nothing keeps. */
function unusedFaults(root: string, { noun, sources }: Catalogue, entries: ReadonlyMap<string, Entry>): Fault[] {
  const definitions = new Set(sources.map(({ file }) => file))
  const used = new Set<string>()
  for (const file of listFiles(root, 'packages')) {
    if (!/^packages\/[^/]+\/src\/.*\.ts$/.test(file) || definitions.has(file)) continue
    for (const { kind, text } of tokenise(readFileSync(join(root, file), 'utf8'))) if (kind === 'string') used.add(text)
  }
  return [...entries]
    .filter(([key]) => !used.has(key))
    .map(([key, { file }]) => ({
      place: file,
      message: `the ${noun} ${key} is used nowhere`,
      fix: 'Use it, or delete it here and in the page.',
    }))
}

runAsProgram(import.meta.filename, 'check-errors', checkErrors)
