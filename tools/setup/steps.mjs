/** The steps of set-up in their order; each says what it does and why, or nothing at all. */
import { fileURLToPath } from 'node:url'
import { build, buildState, stampBuild } from './build.mjs'
import { install, installFault, stampInstall } from './install.mjs'
import { SetupFault, SetupInterrupted } from './process.mjs'
import { administratorShell, debianPackages, installLine, installPackages, missingNeeds } from './programs.mjs'

/**
 * @param {URL} rootUrl
 * @param {boolean} forTests
 * @returns {Promise<number>} the exit status
 */
export async function setUp(rootUrl, forTests) {
  const root = fileURLToPath(rootUrl)
  try {
    await ensureInstalled(root)
    await ensureBuilt(root)
    if (forTests) await ensurePrograms()
    return 0
  } catch (error) {
    if (error instanceof SetupInterrupted) {
      console.error(`setup: ${error.message}; the next run finishes it`)
      return error.status
    }
    if (!(error instanceof SetupFault)) throw error
    console.error(`setup: ${error.message}`)
    return 1
  }
}

/** @param {string} root */
async function ensureInstalled(root) {
  const reason = installFault(root)
  if (reason !== undefined) {
    console.log(`setup: installing packages with npm ci (${reason})`)
    console.log(`setup: installed in ${(await install(root)).toFixed(1)} s`)
  }
  stampInstall(root)
}

/** @param {string} root */
async function ensureBuilt(root) {
  const state = buildState(root)
  if (state.fault === undefined) {
    stampBuild(root, state.inputs)
    return
  }
  console.log(`setup: building with tsc -b (${state.fault})`)
  console.log(`setup: built in ${(await build(root, state)).toFixed(1)} s`)
}

/** A missing program skips tests on a developer's machine; on CI, where nobody would notice, it is a failure. */
async function ensurePrograms() {
  const missing = await missingNeeds()
  if (missing.length === 0) return
  const names = missing.map((need) => need.name).join(', ')
  const shell = await administratorShell()
  let attempt = ''
  if (shell !== undefined) {
    console.log(`setup: installing ${debianPackages(missing).join(' ')} with apt-get, services stay off (the tests need ${names})`)
    const { fault, seconds } = await installPackages(debianPackages(missing), { shell })
    if (fault === undefined) console.log(`setup: installed in ${seconds.toFixed(1)} s`)
    else attempt = `${fault}\n`
  }
  const remaining = await missingNeeds()
  if (remaining.length === 0) return
  const message = `${attempt}Missing: ${remaining.map((need) => need.name).join(', ')}. To install: ${installLine(remaining)}`
  if (isContinuousIntegration()) throw new SetupFault(message)
  console.log(`setup: ${message}`)
  console.log('setup: until then the suites that need them are shown as skipped')
}

function isContinuousIntegration() {
  return !['', '0', 'false'].includes((process.env['CI'] ?? '').toLowerCase())
}
