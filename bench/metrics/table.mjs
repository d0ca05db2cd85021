/** The table on the terminal. */
import { ENGINES } from './engines/load.mjs'

const TITLES = ['work', '', ...ENGINES.map((name) => name.replace(/^@postern\/metrics$/, 'postern')), 'best peer / ours', 'goal', 'reached']

/**
 * Minimum and, in brackets, median of every engine.
 * @param {import('./compare.mjs').Row[]} rows @returns {string}
 */
export function formatTable(rows) {
  const cells = rows.map(({ about, engines, ratio, isReached }) => [
    about.title,
    about.unit,
    ...ENGINES.map((name) => pair(engines[name])),
    pair(ratio),
    formatGoal(about),
    isReached ?? '',
  ])
  const widths = TITLES.map((title, column) => Math.max(title.length, ...cells.map((row) => (row[column] ?? '').length)))
  const line = (/** @type {string[]} */ row) =>
    row
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()
  return [line(TITLES), ...cells.map(line)].join('\n')
}

/** @param {{ minimum: number, median: number } | undefined} spread */
const pair = (spread) => (spread === undefined ? '' : `${round(spread.minimum)} (${round(spread.median)})`)

/** Three digits, and never an exponent. @param {number} value */
const round = (value) => (Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3))))

/** @param {import('./works.mjs').Measure} about */
function formatGoal({ goal, unit }) {
  if (goal === undefined) return ''
  return 'below' in goal ? `< ${goal.below} ${unit}` : `${goal.times}`
}

/**
 * Where each engine spends its time.
 * @param {Record<string, import('./rounds.mjs').WorkResult>} results @returns {string}
 */
export function formatProfiles(results) {
  const blocks = Object.entries(results).flatMap(([work, { tops }]) =>
    ENGINES.map((engine) => {
      const lines = (tops[engine] ?? []).map(({ name, share }) => `  ${(share * 100).toFixed(1).padStart(5)} %  ${name}`)
      return [`${work}, ${engine}`, ...lines].join('\n')
    }),
  )
  return blocks.join('\n\n')
}
