/** What the checks read in Markdown: tables, links and the anchors that links can point at. */

/** Every table row of a document as its cells; header and ruler rows are left out. Backticks around a whole cell are taken off. */
export function tableRows(markdown: string): string[][] {
  const lines = withoutFences(markdown).split('\n')
  return lines.flatMap((line, index) => {
    const isRow = line.startsWith('|') && !isRuler(line) && !isRuler(lines[index + 1] ?? '')
    return isRow ? [cells(line)] : []
  })
}

function cells(line: string): string[] {
  const parts = line
    .trim()
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
  return parts.map((cell) =>
    cell
      .trim()
      .replaceAll('\\|', '|')
      .replace(/^`([^`]*)`$/, '$1'),
  )
}

function isRuler(line: string): boolean {
  return /^\|(?:\s*:?-+:?\s*\|)+\s*$/.test(line)
}

export interface Link {
  readonly target: string
  /** Counts from 1. */
  readonly line: number
}

/** Links, images and reference definitions, without those in code. */
export function linksOf(markdown: string): Link[] {
  return withoutFences(markdown)
    .split('\n')
    .flatMap((text, index) => {
      const prose = text.replace(/`[^`]*`/g, (code) => ' '.repeat(code.length))
      const inline = [...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)]
      const definitions = [...prose.matchAll(/^\s{0,3}\[[^\]]+\]:\s+<?([^\s>]+)>?/g)]
      return [...inline, ...definitions].map((match) => ({ target: match[1] ?? '', line: index + 1 }))
    })
}

/** The anchors GitHub makes from headings (text in lower case, spaces as dashes, repeats numbered), and those written as HTML. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  const prose = withoutFences(markdown)
  const anchors = new Set<string>()
  for (const [, heading = ''] of prose.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const text = heading.replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '')
    const slug = text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-')
    let anchor = slug
    for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`
    anchors.add(anchor)
  }
  for (const [, name = ''] of prose.matchAll(/<[a-z]+\s[^>]*(?:id|name)="([^"]+)"/g)) anchors.add(name)
  return anchors
}

/** Blanks fenced code, so that line numbers stay. */
function withoutFences(markdown: string): string {
  let fence = ''
  return markdown
    .split('\n')
    .map((line) => {
      const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1]
      const isInside = fence !== ''
      if (mark !== undefined && fence === '') fence = mark
      else if (mark?.startsWith(fence) && line.trim() === mark) fence = ''
      return isInside || mark !== undefined ? '' : line
    })
    .join('\n')
}
