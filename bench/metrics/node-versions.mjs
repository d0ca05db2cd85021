/** Other versions of Node.js to measure on. npm has each as a package that is nothing but the binary. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * The binary of a major version, fetched on its first use into .cache/ (some 200 MB each): outside the workspaces, so that no lock file
 * knows of it.
 * @param {number} major @returns {string} its path
 */
export function nodeBinary(major) {
  const folder = fileURLToPath(new URL(`../../.cache/node-${major}/`, import.meta.url))
  // The packages are built for these two kinds of system; `node` itself would run a script at installation.
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const binary = `${folder}node_modules/${name}/bin/node${process.platform === 'win32' ? '.exe' : ''}`
  if (existsSync(binary)) return binary
  mkdirSync(folder, { recursive: true })
  // With a manifest of its own the folder is a root, and npm looks no further up.
  writeFileSync(`${folder}package.json`, '{ "private": true }\n')
  execFileSync('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', `${name}@${major}`], {
    stdio: 'inherit',
  })
  if (!existsSync(binary)) throw new Error(`${name}@${major} has no bin/node`)
  return binary
}

/** @param {string} execPath @returns {string} such as v22.1.0 */
export const nodeVersion = (execPath) => execFileSync(execPath, ['--version'], { encoding: 'utf8' }).trim()

/**
 * Whether `range` speaks of this major version. Of each alternative only the first number is read: `^22 || ^24 || >=26`.
 * @param {string} range @param {number} major
 */
export const servesMajor = (range, major) =>
  range.split('||').some((part) => {
    const [, from = '', number] = /(>=|\^|~|)\s*v?(\d+)/.exec(part) ?? []
    return from === '>=' ? major >= Number(number) : major === Number(number)
  })
