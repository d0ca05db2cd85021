/** The committed table lags behind no case, no column, and no file that it names. */
import { existsSync, readFileSync } from 'node:fs'
import { COLUMNS, ELSEWHERE, isWriting, renderAdversarialPage, structureOf, THEMES } from '@postern/testkit'
import { describe, expect, test } from 'vitest'

const ROOT = new URL('../../../', import.meta.url)
const rows = THEMES.flatMap((theme) => theme.rows)

describe('the adversarial table', () => {
  test.skipIf(isWriting())('has the cases and columns of the code, in their order: npm run adversarial writes it anew', () => {
    const page = readFileSync(new URL('docs/reference/adversarial.md', ROOT), 'utf8')
    expect(structureOf(page)).toEqual(structureOf(renderAdversarialPage([])))
  })

  test.skipIf(isWriting())('says of each of ours what was seen', () => {
    const page = readFileSync(new URL('docs/reference/adversarial.md', ROOT), 'utf8')
    const cells = page
      .split('\n')
      .filter((line) => /^\| *[\d, ]+ \|/.test(line))
      .map((line) => line.split(/(?<!\\)\|/).slice(1, -1))
      .filter(({ length }) => length > 3)
    expect(cells).toHaveLength(rows.filter(({ numbers }) => numbers !== undefined).length)
    for (const [number, sent, , ...seen] of cells)
      expect([number, sent, seen.slice(0, COLUMNS.length).filter((cell) => cell.trim() === '–')]).toEqual([number, sent, []])
  })

  test('calls no two cases the same', () => {
    const names = rows.map(({ name }) => name)
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
  })

  test.each(ELSEWHERE)('$number is where it says: $file', ({ file }) => {
    expect(existsSync(new URL(file, ROOT))).toBe(true)
  })
})
