/** Links in Markdown lead somewhere, no file names a machine it was written on, and every word of the glossary is in use. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, extname, join, normalize } from 'node:path'
import { listFiles } from './checks/files.ts'
import { anchorsOf, type Link, linksOf, tableRows } from './checks/markdown.ts'
import { type CheckResult, type Fault, relativeTo, runAsProgram } from './checks/report.ts'

const GLOSSARY = 'docs/glossary.md'
const TEXT = new Set([
  '',
  '.md',
  '.ts',
  '.mts',
  '.js',
  '.mjs',
  '.cjs',
  '.json',
  '.yml',
  '.yaml',
  '.sh',
  '.html',
  '.css',
  '.py',
  '.toml',
  '.txt',
])

/** What ships. */
const SOURCE = /^packages\/[^/]+\/src\/.*\.ts$/

/** Folders of a developer's machine, and hosts that a lockfile could be bound to. */
const MACHINE_WORDS: readonly RegExp[] = [/(?<![\w.-])\/(?:work|root)\//, /\bregistry\.npmjs\b/]

export function checkDocs(root: string): CheckResult {
  const files = listFiles(root)
  const pages = files.filter((file) => file.endsWith('.md'))
  const links = pages.flatMap((page) => linksOf(readFileSync(join(root, page), 'utf8')).map((link) => ({ page, link })))
  const terms = glossaryTerms(root)
  const faults = [
    ...links.flatMap(({ page, link }) => linkFaults(root, page, link)),
    ...files.filter((file) => TEXT.has(extname(file))).flatMap((file) => machineFaults(root, file)),
    ...files.filter((file) => SOURCE.test(file)).flatMap((file) => mentionFaults(root, file)),
    ...termFaults(root, files, terms),
  ]
  return { holds: `${pages.length} pages, ${links.length} links, ${terms.length} words of the glossary`, faults }
}

function linkFaults(root: string, page: string, { target, line }: Link): Fault[] {
  if (/^[a-z][a-z\d+.-]*:/i.test(target)) return []
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? join(root, page) : join(root, path.startsWith('/') ? path : normalize(join(dirname(page), decodeURI(path))))
  const place = `${page}:${line}`
  if (!existsSync(file))
    return [{ place, message: `the link "${target}" leads to nothing`, fix: `Write ${relativeTo(root, file)}, or point elsewhere.` }]
  if (anchor === undefined || statSync(file).isDirectory() || !file.endsWith('.md')) return []
  if (anchorsOf(readFileSync(file, 'utf8')).has(anchor)) return []
  return [{ place, message: `${relativeTo(root, file)} has no heading for "#${anchor}"`, fix: 'Point at a heading that is there.' }]
}

function machineFaults(root: string, file: string): Fault[] {
  const lines = readFileSync(join(root, file), 'utf8').split('\n')
  return lines.flatMap((text, index) => {
    const found = MACHINE_WORDS.map((pattern) => pattern.exec(text)?.[0]).find((word) => word !== undefined)
    if (found === undefined) return []
    return [
      {
        place: `${file}:${index + 1}`,
        message: `"${found}" is true on one machine only`,
        fix: 'Write a path relative to the repository, or an example name.',
      },
    ]
  })
}

/** A page that a message or a comment sends its reader to. */
function mentionFaults(root: string, file: string): Fault[] {
  const lines = readFileSync(join(root, file), 'utf8').split('\n')
  return lines.flatMap((text, index) =>
    [...text.matchAll(/(?<![\w./-])docs\/[\w/-]+\.md\b/g)]
      .filter(([page]) => !existsSync(join(root, page)))
      .map(([page]) => ({
        place: `${file}:${index + 1}`,
        message: `${page} is named and does not exist`,
        fix: 'Write it, or name another page.',
      })),
  )
}

/** First column of the glossary's table. */
function glossaryTerms(root: string): string[] {
  const file = join(root, GLOSSARY)
  if (!existsSync(file)) return []
  return tableRows(readFileSync(file, 'utf8')).map(([term = '']) => term.replaceAll(/[*`]/g, '').toLowerCase())
}

function termFaults(root: string, files: readonly string[], terms: readonly string[]): Fault[] {
  const sources = files.filter((file) => SOURCE.test(file))
  const text = sources.map((file) => readFileSync(join(root, file), 'utf8').toLowerCase()).join('\n')
  const unused = terms.filter((term) => !usePattern(term).test(text))
  return unused.map((term) => ({ place: GLOSSARY, message: `"${term}" is used by no source`, fix: 'Use the word, or delete its row.' }))
}

/** The word itself, its plural, and its parts joined as identifiers and labels join them. */
function usePattern(term: string): RegExp {
  const singular = term.replace(/y$/, '(?:y|ies)').replaceAll(' ', '[ _-]?')
  return new RegExp(`${singular}(?:s|es)?`)
}

runAsProgram(import.meta.filename, 'check-docs', checkDocs)
