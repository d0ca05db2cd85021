/** The run-time dependencies of each published package are the ones that tools/dependencies.ts lists, and all versions are one. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { listFiles } from './checks/files.ts'
import { type CheckResult, type Fault, runAsProgram } from './checks/report.ts'
import { importsOf, packageName, tokenise } from './checks/scan.ts'
import { DEPENDENCIES, type DependencyList, NATIVE_BUILD } from './dependencies.ts'

/** The part of `npm ls --json` that is read here. */
export interface InstalledTree {
  readonly version?: string
  readonly missing?: boolean
  readonly dependencies?: Readonly<Record<string, InstalledTree>>
}

export async function checkDependencies(root: string): Promise<CheckResult> {
  const names = Object.keys(DEPENDENCIES)
  const trees = await Promise.all(names.map((name) => listInstalled(root, name)))
  const faults = names.flatMap((name, index) => {
    const list: DependencyList = DEPENDENCIES[name as keyof typeof DEPENDENCIES]
    return dependencyFaults(name, list, trees[index]?.dependencies?.[name] ?? { missing: true })
  })
  faults.push(...unusedFaults(root), ...(await versionFaults(root)))
  const total = new Set(Object.values(DEPENDENCIES).flatMap(({ direct, transitive }) => [...direct, ...transitive])).size
  return { holds: `${names.length} packages bring ${total} others, all listed in tools/dependencies.ts, and all versions are one`, faults }
}

/** Asks npm what is installed, not package.json what is wished. */
async function listInstalled(root: string, name: string): Promise<InstalledTree> {
  const args = ['ls', '--omit=dev', '--all', '--json', '--workspace', name]
  // npm ends with 1 when something is missing or extraneous, and still prints the tree.
  const { stdout } = await promisify(execFile)('npm', args, { cwd: root, maxBuffer: 1 << 26 }).catch((error: { stdout?: string }) => ({
    stdout: error.stdout ?? '{}',
  }))
  return JSON.parse(stdout)
}

/** Compares both ways, direct and below. Pure. */
export function dependencyFaults(name: string, list: DependencyList, tree: InstalledTree): Fault[] {
  if (tree.missing) return [{ place: name, message: 'npm ls does not know it', fix: 'Run: npm ci --ignore-scripts' }]
  const brought = without(tree, new Set(list.optional))
  const direct = Object.keys(brought.dependencies ?? {})
  const below = new Set(Object.values(brought.dependencies ?? {}).flatMap(namesBelow))
  for (const known of direct) below.delete(known)
  return [...difference(name, 'direct', list.direct, direct), ...difference(name, 'transitive', list.transitive, [...below])]
}

/** The tree without some packages and what only they bring. */
function without(tree: InstalledTree, names: ReadonlySet<string>): InstalledTree {
  const kept = Object.entries(tree.dependencies ?? {}).filter(([name]) => !names.has(name))
  return { ...tree, dependencies: Object.fromEntries(kept.map(([name, below]) => [name, without(below, names)])) }
}

function namesBelow(tree: InstalledTree): string[] {
  return Object.entries(tree.dependencies ?? {}).flatMap(([name, below]) => (NATIVE_BUILD.test(name) ? [] : [name, ...namesBelow(below)]))
}

function difference(name: string, kind: string, listed: readonly string[], installed: readonly string[]): Fault[] {
  const place = 'tools/dependencies.ts'
  const unlisted = installed.filter((one) => !listed.includes(one)).sort()
  const gone = listed.filter((one) => !installed.includes(one))
  return [
    ...unlisted.map((one) => ({
      place,
      message: `${name} brings "${one}" (${kind}), which is not listed`,
      fix: 'Do without it, or list it and say why in docs/adr/0004.',
    })),
    ...gone.map((one) => ({ place, message: `${name} lists "${one}" (${kind}), which is not installed`, fix: 'Delete it from the list.' })),
  ]
}

/** A dependency of a published package that no source imports is weight without use. */
export function unusedFaults(root: string): Fault[] {
  const imported = new Map<string, Set<string>>()
  for (const file of listFiles(root, 'packages')) {
    const folder = /^(packages\/[^/]+)\/src\/.*\.ts$/.exec(file)?.[1]
    if (folder === undefined) continue
    const names = imported.get(folder) ?? new Set()
    for (const { specifier = '' } of importsOf(tokenise(readFileSync(join(root, file), 'utf8')))) names.add(packageName(specifier))
    imported.set(folder, names)
  }
  return [...imported].flatMap(([folder, names]) => {
    const manifest: Manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
    const unused = manifest.private ? [] : Object.keys(manifest.dependencies ?? {}).filter((name) => !names.has(name))
    return unused.map((name) => ({
      place: `${folder}/package.json`,
      message: `"${name}" is a dependency and no source imports it`,
      fix: 'Take it out.',
    }))
  })
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
}

async function versionFaults(root: string): Promise<Fault[]> {
  const { VERSION }: { VERSION: string } = await import(pathToFileURL(join(root, 'packages/postern/src/version.ts')).href)
  const workspace: Manifest & { readonly workspaces: readonly string[] } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const files = ['package.json', ...workspace.workspaces.map((folder) => `${folder}/package.json`)]
  return files.flatMap((file) => {
    const manifest: Manifest = JSON.parse(readFileSync(join(root, file), 'utf8'))
    return manifestFaults(file, manifest, VERSION, manifest.name === '@postern/prom-client' ? promClientVersion(VERSION) : VERSION)
  })
}

/**
 * The version of the package that stands in for prom-client 15.1: those who ask for `^15.1.3` must accept it, and later ones be later.
 * 0.1.0 becomes 15.1.100, and 1.2.3 becomes 15.1.10203. Pure.
 */
export function promClientVersion(version: string): string {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  return `15.1.${major * 10_000 + minor * 100 + patch}`
}

/** A package has the one version, or the one made from it, and asks for exactly that of its sisters. Pure. */
export function manifestFaults(file: string, { version, dependencies = {} }: Manifest, expected: string, own: string = expected): Fault[] {
  const fix = `Write "${expected}", or change VERSION in packages/postern/src/version.ts.`
  const sisters = Object.entries(dependencies).filter(([name]) => /^(?:@postern\/|postern$)/.test(name))
  return [
    ...(version === own
      ? []
      : [{ place: file, message: `the version is "${version}" and VERSION ${own === expected ? 'is' : 'makes it'} "${own}"`, fix }]),
    ...sisters
      .filter(([, wanted]) => wanted !== expected)
      .map(([name, wanted]) => ({ place: file, message: `it asks for ${name} "${wanted}"`, fix })),
  ]
}

runAsProgram(import.meta.filename, 'check-dependencies', checkDependencies)
