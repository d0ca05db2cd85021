import { describe, expect, test } from 'vitest'
import { checkDocs } from '../check-docs.ts'
import { anchorsOf, linksOf, tableRows } from '../checks/markdown.ts'
import { createTree } from './tree.ts'

const HOUSE = {
  'README.md':
    '[guide](docs/guide.md#the-way-in) [site](https://example.org/x) [top](#readme)\n\n# Readme\n\n`[code](gone.md)`\n\n```\n[fenced](gone.md)\n```\n',
  'docs/guide.md': '## The *way* in\n\n[back][home] and a ![picture](../logo.svg "title")\n\n[home]: ../README.md\n',
  'docs/glossary.md': '| word | meaning |\n|---|---|\n| *policy* | a |\n| **client certificate** | b |\n',
  'logo.svg': '',
  'packages/a/src/a.ts': `/** Compiles policies. */ export const kind = 'client_certificate'`,
}

test('holds when every link leads somewhere and every word is in use', () => {
  using house = createTree(HOUSE)
  expect(checkDocs(house.root)).toEqual({ holds: '3 pages, 5 links, 2 words of the glossary', faults: [] })
})

/** Written in two parts, since this file is checked as well. */
const machine = (folder: string): string => ['', folder, 'main/x'].join('/')

describe('finds', () => {
  test.each([
    ['a link to nothing', 'docs/a.md', '\n[a](gone.md)', 'docs/a.md:2', 'the link "gone.md" leads to nothing'],
    ['a definition that leads to nothing', 'docs/a.md', '[a]: ./gone/', 'docs/a.md:1', 'the link "./gone/" leads to nothing'],
    [
      'an anchor without its heading',
      'docs/a.md',
      '[a](guide.md#the-way-out)',
      'docs/a.md:1',
      'docs/guide.md has no heading for "#the-way-out"',
    ],
    ['an anchor on its own page', 'docs/a.md', '[a](#nowhere)', 'docs/a.md:1', 'docs/a.md has no heading for "#nowhere"'],
    [
      'a folder of one machine',
      'bench/a.mjs',
      `open('${machine('work')}')`,
      'bench/a.mjs:1',
      `"${['', 'work', ''].join('/')}" is true on one machine only`,
    ],
    [
      'a home of one machine',
      '.ci/run',
      `cd ${machine('root')}`,
      '.ci/run:1',
      `"${['', 'root', ''].join('/')}" is true on one machine only`,
    ],
    [
      'a host of packages',
      'package-lock.json',
      ['registry', 'npmjs', 'org'].join('.'),
      'package-lock.json:1',
      `"${['registry', 'npmjs'].join('.')}" is true on one machine only`,
    ],
    [
      'a page that a source names in vain',
      'packages/a/src/b.ts',
      '// policies: docs/guide.md, docs/reference/gone.md, not mydocs/a.md',
      'packages/a/src/b.ts:1',
      'docs/reference/gone.md is named and does not exist',
    ],
    [
      'a word that nobody uses',
      'packages/a/src/a.ts',
      'export const policies = []',
      'docs/glossary.md',
      '"client certificate" is used by no source',
    ],
  ])('%s', (_name, file, contents, place, message) => {
    using house = createTree({ ...HOUSE, [file]: contents })
    expect(checkDocs(house.root).faults.map((fault) => [fault.place, fault.message])).toEqual([[place, message]])
  })
})

test('does not mistake a longer path for a machine', () => {
  using house = createTree({ ...HOUSE, 'a.ts': `'net/work/x' + './root/x'` })
  expect(checkDocs(house.root).faults).toEqual([])
})

test('reads tables with bars inside cells, and skips those in code', () => {
  expect(tableRows('| a | b |\n|---|:-:|\n| `c \\| d` | e |\n```\n| f | g |\n```\n')).toEqual([['c | d', 'e']])
})

test('makes the anchors that GitHub makes', () => {
  const page = '# Ein Wort, zwei!\n## `postern init`\n## a_b [c](d.md)\n## Same\n## Same\n<a id="by-hand"></a>\n```\n# not here\n```\n'
  expect([...anchorsOf(page)]).toEqual(['ein-wort-zwei', 'postern-init', 'a_b-c', 'same', 'same-1', 'by-hand'])
})

test('counts lines of links across code', () => {
  expect(linksOf('```\n[a](b)\n```\n[c](<d> "e")')).toEqual([{ target: 'd', line: 4 }])
})
