/**
 * What people install works: each package is packed, installed into an empty folder, imported, required, compiled and run. Needs a build.
 * Further versions of Node.js try it as well when `POSTERN_NODES` has their paths, with colons between.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { type CheckResult, type Fault, runAsProgram } from './checks/report.ts'
import { DEPENDENCIES } from './dependencies.ts'

const run = promisify(execFile)
const NODES: readonly string[] = [process.execPath, ...(process.env['POSTERN_NODES'] ?? '').split(':').filter((path) => path !== '')]

interface Manifest {
  readonly name: string
  readonly version: string
  readonly exports?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

interface Published {
  readonly folder: string
  readonly manifest: Manifest
}

export async function checkExports(root: string): Promise<CheckResult> {
  const packages = publishedPackages(root)
  const unbuilt = packages.filter(({ folder }) => !existsSync(join(root, folder, 'dist')))
  if (unbuilt.length > 0) {
    return { holds: '', faults: unbuilt.map(({ folder }) => ({ place: folder, message: 'it has no dist', fix: 'Run: npm run build' })) }
  }
  const faults = (await Promise.all(packages.map((one) => lintFaults(root, one)))).flat()
  const folder = mkdtempSync(join(tmpdir(), 'postern-exports-'))
  try {
    const archives = await pack(root, folder, packages)
    faults.push(...archives.flatMap(archiveFaults))
    await installArchives(root, folder, archives)
    faults.push(...(await consumerFaults(folder, packages)), ...(await typeFaults(root, folder, packages)))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  const count = packages.flatMap(specifiersOf).length
  const versions = NODES.length === 1 ? '' : `, on ${NODES.length} versions of Node.js`
  return { holds: `${packages.length} packed packages, ${count} subpaths import, require and compile${versions}, the command runs`, faults }
}

/** The workspaces that are not private. */
function publishedPackages(root: string): Published[] {
  const { workspaces }: { workspaces: readonly string[] } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return workspaces
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) }))
    .filter(({ manifest }) => Object.hasOwn(DEPENDENCIES, manifest.name))
}

async function lintFaults(root: string, { folder, manifest }: Published): Promise<Fault[]> {
  const { messages } = await publint({ pkgDir: join(root, folder), strict: true })
  return (
    messages
      // The source condition is for this repository alone; the files it names are not packed, and nobody else sets it.
      .filter(({ path }) => !path.includes('@postern/source'))
      .map((message) => ({
        place: `${folder}/package.json`,
        message: `publint: ${formatMessage(message, manifest, { color: false }) ?? message.code}`,
        fix: `See ${message.code} in publint's rules.`,
      }))
  )
}

/** One row of `npm pack --json`. */
export interface Archive {
  readonly name: string
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

async function pack(root: string, folder: string, packages: readonly Published[]): Promise<readonly Archive[]> {
  const workspaces = packages.flatMap(({ manifest }) => ['--workspace', manifest.name])
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, ...workspaces]
  const { stdout } = await run('npm', args, { cwd: root, maxBuffer: 1 << 26 })
  return Object.values(JSON.parse(stdout))
}

/** What an archive may hold, and what it must: nothing that only this repository can use. Pure. */
export function archiveFaults({ name, files }: Archive): Fault[] {
  const surplus = files.filter(
    ({ path }) => !/^(?:dist\/.+\.(?:js|js\.map|d\.ts)|bin\/[^/]+\.mjs|package\.json|README\.md|LICENSE|NOTICE)$/.test(path),
  )
  const fix = 'Leave it out in "files" of its package.json.'
  return [
    ...surplus.map(({ path }) => ({ place: name, message: `the archive holds ${path}, which no user needs`, fix })),
    ...(files.some(({ path }) => path === 'LICENSE')
      ? []
      : [{ place: name, message: 'the archive holds no LICENSE', fix: 'Copy LICENSE into the folder of the package.' }]),
  ]
}

/**
 * Installs into an empty folder, beside the dependency versions of our own lockfile: what the tests saw is what is tried here,
 * and npm's cache has it already.
 */
async function installArchives(root: string, folder: string, archives: readonly Archive[]): Promise<void> {
  const dependencies = Object.fromEntries(
    archives.map(({ name, filename }) => [name, `file:${filename.replace('@', '').replace('/', '-')}`]),
  )
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies, overrides: lockedVersions(root) }))
  const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  await run('npm', [...install, '--offline'], { cwd: folder }).catch(() => run('npm', [...install, '--prefer-offline'], { cwd: folder }))
}

function lockedVersions(root: string): Record<string, string> {
  const { packages }: { packages: Record<string, { version?: string; dev?: boolean; link?: boolean }> } = JSON.parse(
    readFileSync(join(root, 'package-lock.json'), 'utf8'),
  )
  return Object.fromEntries(
    Object.entries(packages).flatMap(([path, { version, dev, link }]) => {
      const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1]
      return name === undefined || version === undefined || dev || link ? [] : [[name, version]]
    }),
  )
}

async function consumerFaults(folder: string, packages: readonly Published[]): Promise<Fault[]> {
  const faults: Fault[] = []
  for (const one of packages) {
    for (const { specifier, types } of specifiersOf(one).map((exported) => fillPattern(folder, one, exported))) {
      const place = `${one.folder}/package.json`
      const name = JSON.stringify(specifier)
      const ways: [string, string[]][] = [
        [
          'import',
          ['--input-type=module', '--eval', `if (Object.keys(await import(${name})).length === 0) throw new Error('exports nothing')`],
        ],
        [
          'require',
          ['--input-type=commonjs', '--eval', `if (Object.keys(require(${name})).length === 0) throw new Error('exports nothing')`],
        ],
      ]
      for (const node of NODES) {
        for (const [way, args] of ways) {
          const message = await failure(node, args, folder)
          if (message !== undefined)
            faults.push({ place, message: `${way} of "${specifier}" from the archive fails: ${message}`, fix: 'Mend exports or files.' })
        }
      }
      if (types === undefined || !existsSync(join(folder, 'node_modules', one.manifest.name, types))) {
        faults.push({ place, message: `the types of "${specifier}" are not in the archive`, fix: 'Mend exports or files.' })
      }
    }
  }
  const version = packages.find(({ manifest }) => manifest.name === 'postern')?.manifest.version
  const answer = await run(join(folder, 'node_modules/.bin/postern'), ['--version'], { cwd: folder }).then(
    ({ stdout }) => stdout.trim(),
    errorLine,
  )
  if (answer !== version)
    faults.push({
      place: 'packages/postern',
      message: `the installed command answers --version with "${answer}"`,
      fix: `It should be ${version}.`,
    })
  return faults
}

/**
 * The types compile where nothing of this repository is known, every declaration file of ours checked, and show nothing that is marked
 * as internal.
 */
async function typeFaults(root: string, folder: string, packages: readonly Published[]): Promise<Fault[]> {
  const specifiers = packages.flatMap((one) => specifiersOf(one).map((exported) => fillPattern(folder, one, exported).specifier))
  writeFileSync(join(folder, 'consumer.mts'), specifiers.map((one, at) => `export type * as m${at} from ${JSON.stringify(one)}\n`).join(''))
  const typeRoots = [join(root, 'node_modules/@types')]
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: 'es2023',
    module: 'nodenext',
    skipLibCheck: false,
    types: ['node'],
    typeRoots,
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.mts'] }))
  const faults: Fault[] = []
  const { stdout } = await run(join(root, 'node_modules/.bin/tsc'), ['-p', folder]).then(
    () => ({ stdout: '' }),
    (error: { readonly stdout: string }) => error,
  )
  for (const line of stdout.split('\n').filter((one) => one.includes('error TS'))) {
    faults.push({ place: 'types of the archives', message: line.trim(), fix: 'Mend the types, or what is stripped of them.' })
  }
  for (const { manifest } of packages) {
    const dist = join(folder, 'node_modules', manifest.name, 'dist')
    for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.d.ts'))) {
      if (!/@internal\b/.test(readFileSync(join(dist, file), 'utf8'))) continue
      const fix = 'Set "stripInternal" in the tsconfig.json of the package.'
      faults.push({ place: manifest.name, message: `dist/${file} shows what is marked as internal`, fix })
    }
  }
  return faults
}

interface Exported {
  readonly specifier: string
  readonly types: string | undefined
}

function specifiersOf({ manifest }: Published): Exported[] {
  return Object.entries(manifest.exports ?? {})
    .filter(([subpath]) => subpath !== './package.json')
    .map(([subpath, conditions]) => ({ specifier: manifest.name + subpath.slice(1), types: conditions['types'] }))
}

/** Of a pattern the first path it has: that it leads somewhere is tried here, and where each leads in the package's own tests. */
function fillPattern(folder: string, { manifest }: Published, exported: Exported): Exported {
  const { specifier, types } = exported
  if (!specifier.includes('*') || types === undefined) return exported
  const [before = '', after = ''] = types.split('*')
  const found = readdirSync(join(folder, 'node_modules', manifest.name, before)).find((file) => file.endsWith(after))
  const fill = found?.slice(0, -after.length) ?? '*'
  return { specifier: specifier.replace('*', fill), types: types.replace('*', fill) }
}

/** What a program failed with, or undefined when it did not. */
async function failure(program: string, args: readonly string[], folder: string): Promise<string | undefined> {
  return run(program, args, { cwd: folder }).then(() => undefined, errorLine)
}

/** The one line of a stack trace that tells. */
function errorLine(error: { readonly stderr?: string; readonly message: string }): string {
  return /^\w*Error\b.*$/m.exec(error.stderr ?? '')?.[0] ?? error.message
}

runAsProgram(import.meta.filename, 'check-exports', checkExports)
