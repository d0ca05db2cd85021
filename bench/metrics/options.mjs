/** The command line of the bench. */
import { parseArgs } from 'node:util'
import { WORKS } from './works.mjs'

export const HELP = `npm run bench -- metrics [options]

  --quick          one round of small samples, to see that everything runs: under 30 s, and no numbers to quote
  --only <work>    a work, or all whose names begin so; may be given more than once
  --rounds <n>     rounds of fresh processes, 1 to 20 (default 5, with --quick 1)
  --seconds <n>    no further round begins when it would end later than this (default 330)
  --node <22|24>   the processes run on that Node.js, fetched from npm into .cache/; "all" is this one, then both
  --profile        one round under V8's profiler: which functions take the time, instead of the table

Works: ${Object.keys(WORKS).join(', ')}
`

/**
 * @typedef {object} Options
 * @property {boolean} isQuick
 * @property {boolean} isProfiled
 * @property {string[]} works
 * @property {number} rounds
 * @property {number} seconds
 * @property {(number | undefined)[]} nodes majors; undefined is the Node.js that runs this
 */

/** Majors that npm has a binary package of and that `all` takes. */
const NODE_MAJORS = [22, 24]

/** @param {string[]} args @returns {Options | 'help'} @throws {TypeError} when an option cannot be used */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      rounds: { type: 'string' },
      seconds: { type: 'string', default: '330' },
      node: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  const rounds = values.profile ? 1 : values.rounds === undefined ? (values.quick ? 1 : 5) : readNumber('--rounds', values.rounds, 1, 20)
  return {
    isQuick: values.quick,
    isProfiled: values.profile,
    works: selectWorks(values.only),
    rounds,
    seconds: readNumber('--seconds', values.seconds, 1, 3600),
    nodes: readNodes(values.node),
  }
}

/** @param {string[] | undefined} only @returns {string[]} in the order of the table */
function selectWorks(only) {
  const names = Object.keys(WORKS)
  if (only === undefined) return names
  const asked = only.flatMap((text) => text.split(','))
  for (const start of asked) {
    if (!names.some((name) => name.startsWith(start)))
      throw new TypeError(`--only ${start}: no work begins so. Take one of ${names.join(', ')}.`)
  }
  // A whole name means that work alone, though others may begin with it.
  return names.filter((name) => asked.some((start) => (names.includes(start) ? name === start : name.startsWith(start))))
}

/** @param {string | undefined} text @returns {(number | undefined)[]} */
function readNodes(text) {
  if (text === undefined) return [undefined]
  if (text === 'all') return [undefined, ...NODE_MAJORS]
  return [readNumber('--node', text, 20, 99)]
}

/** @param {string} option @param {string} text @param {number} least @param {number} most */
function readNumber(option, text, least, most) {
  const number = Number(text)
  if (!Number.isInteger(number) || number < least || number > most) {
    throw new TypeError(`${option} ${text}: write a whole number from ${least} to ${most}.`)
  }
  return number
}
