/** Is node_modules what package-lock.json asks for? Answered without starting npm, and mended with `npm ci`. */
import { createHash } from 'node:crypto'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { lastLines, runProgram, SetupFault } from './process.mjs'

/** Both inside node_modules: whoever deletes the folder deletes the memory of it. npm writes its own list last of all. */
const NPM_LIST = 'node_modules/.package-lock.json'
const STAMP = 'node_modules/.postern-install.json'

/**
 * Why `npm ci` has to run, or undefined when it has not.
 * Contents decide: a checkout that only touches times changes nothing. Times decide only when npm ran without us.
 * @param {string} root
 * @returns {string | undefined}
 */
export function installFault(root) {
  const asked = readIfThere(join(root, 'package-lock.json'))
  if (asked === undefined) throw new SetupFault('package-lock.json is missing. Restore it: git checkout package-lock.json')
  const installed = readIfThere(join(root, NPM_LIST))
  if (installed === undefined) return 'node_modules is missing or unfinished'
  const stamp = readStamp(root)
  if (stamp !== undefined && stamp.asked === digest(asked) && stamp.installed === digest(installed)) return undefined
  const isNewer = statSync(join(root, NPM_LIST)).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs
  return isNewer ? undefined : 'node_modules is older than package-lock.json'
}

/**
 * Remembers the present state as good.
 * @param {string} root
 */
export function stampInstall(root) {
  const stamp = {
    asked: digest(readFileSync(join(root, 'package-lock.json'), 'utf8')),
    installed: digest(readFileSync(join(root, NPM_LIST), 'utf8')),
  }
  const before = readStamp(root)
  if (before?.asked !== stamp.asked || before.installed !== stamp.installed) writeFileSync(join(root, STAMP), JSON.stringify(stamp))
}

/**
 * Runs `npm ci`, which empties node_modules first; when it fails nothing says that the folder is whole, so the next run begins anew.
 * @param {string} root
 * @param {NodeJS.ProcessEnv} [environment]
 * @returns {Promise<number>} seconds
 * @throws {SetupFault | SetupInterrupted} when npm fails or is interrupted
 */
export async function install(root, environment = process.env) {
  rmSync(join(root, STAMP), { force: true })
  rmSync(join(root, NPM_LIST), { force: true })
  const [program, ...first] = npmCommand(environment)
  // --include=dev: the compiler is a development dependency, and NODE_ENV=production would leave it out.
  const args = [...first, 'ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  let ok = false
  try {
    const finished = await runProgram(program, args, { cwd: root })
    ok = finished.ok
    if (ok) return finished.seconds
    throw new SetupFault(npmFault(finished.output))
  } finally {
    if (!ok) rmSync(join(root, NPM_LIST), { force: true })
  }
}

/** @param {string} output */
function npmFault(output) {
  return (
    `npm ci failed:\n${lastLines(output)}\n` +
    'If the lines above speak of the network, check the connection and the proxy of npm (npm config get proxy registry) and run this again.'
  )
}

/**
 * npm as this process was started by it, so that both are the same version; else the one on the path.
 * @param {NodeJS.ProcessEnv} environment
 * @returns {[string, ...string[]]}
 */
function npmCommand(environment) {
  const script = environment['npm_execpath']
  if (script !== undefined && basename(script) === 'npm-cli.js') return [process.execPath, script]
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm']
}

/** @param {string} root @returns {{ asked: string, installed: string } | undefined} */
function readStamp(root) {
  const text = readIfThere(join(root, STAMP))
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** @param {string} file @returns {string | undefined} */
function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** @param {string} text */
function digest(text) {
  return createHash('sha256').update(text).digest('hex')
}
