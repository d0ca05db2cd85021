/** Is dist what the sources say? Answered without starting the compiler, and mended with `tsc -b`. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lastLines, runProgram, SetupFault } from './process.mjs'

/** Inside node_modules: a new compiler means a new build. */
const STAMP = 'node_modules/.postern-build.json'

/**
 * One input of the build: its time and size are compared first, its digest only when they differ.
 * @typedef {{ time: number, size: number, digest: string }} Input
 * @typedef {Record<string, Input>} Inputs
 * @typedef {object} BuildState
 * @property {string | undefined} fault why the compiler has to run, or undefined when it has not
 * @property {readonly string[]} unclean packages whose dist has too much or too little for the compiler's own memory of it
 * @property {Inputs} inputs
 */

/**
 * Compares sources, settings and outputs with what the last good build saw.
 * @param {string} root
 * @returns {BuildState}
 */
export function buildState(root) {
  const packages = referencedPackages(root)
  const before = readStamp(root)
  const inputs = readInputs(root, packages, before)
  const unclean = packages.filter((folder) => !isClean(root, folder))
  const unbuilt = packages.find((folder) => !existsSync(join(root, folder, 'dist')))
  return { fault: buildFault(unbuilt, unclean, before, inputs), unclean, inputs }
}

/** @param {string | undefined} unbuilt @param {readonly string[]} unclean @param {Inputs} before @param {Inputs} inputs */
function buildFault(unbuilt, unclean, before, inputs) {
  if (unbuilt !== undefined) return `${unbuilt}/dist is missing`
  if (unclean.length > 0) return `${unclean[0]}/dist does not match its sources`
  if (Object.keys(before).length === 0) return 'no build is on record'
  const changed = Object.keys(inputs).find((file) => inputs[file]?.digest !== before[file]?.digest)
  if (changed !== undefined) return `${changed} has changed`
  const gone = Object.keys(before).find((file) => inputs[file] === undefined)
  return gone === undefined ? undefined : `${gone} is gone`
}

/**
 * Remembers `inputs` as built. Written also when only times changed, so that the next run need not hash.
 * @param {string} root
 * @param {Inputs} inputs
 */
export function stampBuild(root, inputs) {
  const text = JSON.stringify(inputs)
  if (text !== JSON.stringify(readStamp(root))) writeFileSync(join(root, STAMP), text)
}

/**
 * Runs the compiler. The inputs are those of before: a file that is saved meanwhile is seen by the next run.
 * @param {string} root
 * @param {BuildState} state
 * @returns {Promise<number>} seconds
 * @throws {SetupFault} when the sources do not compile
 */
export async function build(root, { unclean, inputs }) {
  rmSync(join(root, STAMP), { force: true })
  // The compiler leaves the output of deleted sources behind, and believes its own record over the files that lie there.
  for (const folder of unclean) rmSync(join(root, folder, 'dist'), { recursive: true, force: true })
  const manifest = JSON.parse(readFileSync(join(root, 'node_modules/typescript/package.json'), 'utf8'))
  const compiler = join(root, 'node_modules/typescript', manifest.bin.tsc)
  const finished = await runProgram(process.execPath, [compiler, '-b'], { cwd: root })
  if (!finished.ok) throw new SetupFault(`The sources do not compile:\n${lastLines(finished.output, 40)}`)
  stampBuild(root, inputs)
  return finished.seconds
}

/** @param {string} root @returns {string[]} folders of the packages that `tsc -b` builds */
function referencedPackages(root) {
  const { references } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'))
  return references.map((/** @type {{ path: string }} */ reference) => reference.path)
}

/** @param {string} root @param {readonly string[]} packages @param {Inputs} before @returns {Inputs} */
function readInputs(root, packages, before) {
  const settings = ['tsconfig.json', 'tsconfig.base.json', 'node_modules/typescript/package.json']
  const files = packages.flatMap((folder) => [
    `${folder}/tsconfig.json`,
    `${folder}/package.json`,
    ...sources(root, folder).map((file) => `${folder}/src/${file}`),
  ])
  /** @type {Inputs} */
  const inputs = {}
  for (const file of [...settings, ...files]) {
    const path = join(root, file)
    const found = statSync(path, { throwIfNoEntry: false })
    if (found === undefined) continue
    const known = before[file]
    const isKnown = known !== undefined && known.time === found.mtimeMs && known.size === found.size
    inputs[file] = isKnown ? known : { time: found.mtimeMs, size: found.size, digest: digest(path) }
  }
  return inputs
}

/**
 * True when each source has its JavaScript and each JavaScript its source.
 * @param {string} root
 * @param {string} folder
 */
function isClean(root, folder) {
  const dist = join(root, folder, 'dist')
  if (!existsSync(dist)) return true
  const wanted = new Set(sources(root, folder).map((file) => file.replace(/\.ts$/, '.js')))
  const found = filesUnder(dist).filter((file) => file.endsWith('.js'))
  return wanted.size === found.length && found.every((file) => wanted.has(file))
}

/** @param {string} root @param {string} folder */
function sources(root, folder) {
  return filesUnder(join(root, folder, 'src')).filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
}

/** @param {string} folder @param {string} [prefix] @returns {string[]} relative paths with forward slashes */
function filesUnder(folder, prefix = '') {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(join(folder, entry.name), `${prefix}${entry.name}/`) : [`${prefix}${entry.name}`],
  )
}

/** @param {string} root @returns {Inputs} empty when there is none, or none that can be read */
function readStamp(root) {
  try {
    return JSON.parse(readFileSync(join(root, STAMP), 'utf8'))
  } catch {
    return {}
  }
}

/** @param {string} file */
function digest(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}
