/** Programs of the system that the end-to-end tests run against: found, or the reason why a suite is skipped. */
import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

const FOLDERS = [...(process.env['PATH'] ?? '').split(':'), '/usr/bin', '/usr/sbin', '/bin', '/sbin']

/** Absolute path of a program, or undefined. Debian keeps some where an ordinary user's PATH does not look. */
export function findBinary(name: string): string | undefined {
  return FOLDERS.map((folder) => join(folder, name)).find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/**
 * For `describe.skipIf(missing(...))`: false when all are there. What is missing is a skip on a developer's machine and a failure in CI,
 * where a skipped proof would look like a proof.
 */
export function isMissing(...names: string[]): boolean {
  const missing = names.filter((name) => !findBinary(name))
  if (missing.length > 0 && process.env['CI'] === 'true')
    throw new Error(`CI must have ${missing.join(', ')}: node tools/setup.mjs --tests installs them`)
  return missing.length > 0
}

/** The absolute path, once {@link isMissing} has said that it is there. */
export function binary(name: string): string {
  const path = findBinary(name)
  if (path === undefined) throw new Error(`${name} is not installed`)
  return path
}

/** The system's Python has the Debian packages; another one first in PATH has not. */
export const PYTHON = '/usr/bin/python3'

export function isPythonModuleMissing(...modules: string[]): boolean {
  try {
    execFileSync(PYTHON, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' })
    return false
  } catch {
    if (process.env['CI'] === 'true')
      throw new Error(`CI must have the Python modules ${modules.join(', ')}: node tools/setup.mjs --tests installs them`)
    return true
  }
}
