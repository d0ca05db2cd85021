/**
 * The rules of the house: which package and which room may import what, and who may touch files, environment and arguments.
 * docs/adr/0001 says why there are packages; the table of rooms below is the list of arrows that must not exist.
 */
import { existsSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, normalize } from 'node:path'
import { findCycles } from './checks/cycles.ts'
import { listEmptyFolders, listFiles } from './checks/files.ts'
import { type CheckResult, type Fault, runAsProgram } from './checks/report.ts'
import { type Import, importsOf, packageName, type Token, tokenise } from './checks/scan.ts'

/** The packages that people install; `imports` are those of ours that each may know. */
const PUBLISHED = {
  metrics: { name: '@postern/metrics', imports: [] },
  'prom-client': { name: '@postern/prom-client', imports: ['@postern/metrics'] },
  guard: { name: '@postern/guard', imports: [] },
  postern: { name: 'postern', imports: ['@postern/metrics', '@postern/guard'] },
} as const satisfies Record<string, { name: string; imports: readonly string[] }>

type PublishedFolder = keyof typeof PUBLISHED

const OURS = /^(?:@postern\/[^/]+|postern)(?=\/|$)/
const TESTKIT = '@postern/testkit'
const BUILT_IN = new Set(builtinModules)

/** Rooms that read files; postern may everywhere. docs/adr/0006 says why metrics has one. */
const READERS: Record<PublishedFolder, readonly string[] | 'all'> = {
  metrics: ['runtime'],
  'prom-client': [],
  guard: ['sources'],
  postern: 'all',
}

/** An arrow that must not exist inside a package: from a room (a folder of src, or a file in it) to another. */
interface RoomRule {
  readonly from: readonly string[]
  readonly never: 'all rooms but errors.ts' | readonly string[]
  readonly because: string
}

const ROOMS: Record<PublishedFolder, readonly RoomRule[]> = {
  metrics: [],
  'prom-client': [],
  guard: [
    { from: ['net', 'hashes', 'limits', 'options'], never: 'all rooms but errors.ts', because: 'it knows no policy' },
    {
      from: ['clients', 'keys', 'sources', 'tls', 'views'],
      never: ['policy', 'decide', 'adapters', 'server.ts'],
      because: 'it knows no policy',
    },
    { from: ['clients', 'keys', 'sources'], never: ['credentials'], because: 'it knows no credential' },
    {
      from: ['credentials', 'kubernetes'],
      never: ['policy', 'decide', 'adapters', 'server.ts'],
      because: 'credentials turn facts into findings and do not combine them',
    },
    { from: ['policy'], never: ['decide'], because: 'a policy is compiled before there is a request' },
    { from: ['adapters'], never: ['credentials', 'hashes'], because: 'an adapter knows facts and decisions and nothing else' },
    {
      from: ['policy', 'decide', 'guard.ts'],
      never: ['http', 'adapters', 'server.ts'],
      because: 'the core does not know its adapters',
    },
  ],
  postern: [
    {
      from: ['gateway', 'config', 'provision', 'generate', 'errors.ts'],
      never: ['commands', 'program.ts', 'main.ts'],
      because: 'arrows point down: commands → gateway → guard',
    },
    { from: ['commands'], never: ['program.ts', 'main.ts'], because: 'arrows point down: program → commands' },
    { from: ['config', 'provision'], never: ['gateway'], because: 'what is read and written at start does not know what is served' },
  ],
}

/** One scanned file and where it stands. */
interface Place {
  readonly file: string
  readonly tokens: readonly Token[]
  readonly imports: readonly Import[]
  /** The package's folder, `packages/guard`; for other files the first folder, `e2e`. */
  readonly home: string
  /** Set for src of a published package. */
  readonly source: { readonly folder: PublishedFolder; readonly room: string; readonly src: string } | undefined
}

export function checkBoundaries(root: string): CheckResult {
  const files = ['packages', 'e2e', 'tools', 'bench', 'examples'].flatMap((folder) => listFiles(root, folder))
  const places = files.filter((file) => /\.[cm]?[jt]s$/.test(file)).map((file) => readPlace(root, file))
  const faults = [
    ...places.flatMap((place) => [...importFaults(root, place), ...processFaults(place)]),
    ...cycleFaults(places),
    ...nameFaults(files),
    ...emptyFolderFaults(root),
  ]
  return { holds: `${places.length} files, every import points the right way`, faults }
}

function readPlace(root: string, file: string): Place {
  const tokens = tokenise(readFileSync(join(root, file), 'utf8'))
  const [top = '', second = ''] = file.split('/')
  const home = top === 'packages' ? `${top}/${second}` : top
  const src = `${home}/src/`
  const isSource = isPublished(second) && top === 'packages' && file.startsWith(src)
  return {
    file,
    tokens,
    imports: importsOf(tokens),
    home,
    source: isSource ? { folder: second, room: file.slice(src.length).split('/')[0] ?? '', src } : undefined,
  }
}

function isPublished(folder: string): folder is PublishedFolder {
  return Object.hasOwn(PUBLISHED, folder)
}

function importFaults(root: string, place: Place): Fault[] {
  return place.imports.flatMap((one) => {
    const { specifier } = one
    const found =
      specifier === undefined
        ? computedImportFault(place)
        : specifier.startsWith('.')
          ? relativeImportFault(place, specifier)
          : (testkitFault(place, specifier) ?? packageImportFault(root, place, one, specifier) ?? readerFault(place, specifier))
    return found === undefined ? [] : [{ place: `${place.file}:${one.line}`, ...found }]
  })
}

type Finding = Omit<Fault, 'place'> | undefined

function computedImportFault({ source }: Place): Finding {
  if (source === undefined) return undefined
  return { message: 'import() computes its target, so no rule can be checked', fix: 'Write the module as a literal, one import() each.' }
}

function relativeImportFault({ file, home, source }: Place, specifier: string): Finding {
  const target = normalize(join(dirname(file), specifier)).replaceAll('\\', '/')
  const [top, second] = target.split('/')
  if (top === 'packages' && `packages/${second}` !== home) {
    return { message: `"${specifier}" reaches into packages/${second} by path`, fix: 'Import the package by its name.' }
  }
  if (source === undefined) return undefined
  if (!target.startsWith(source.src)) return { message: `"${specifier}" leaves ${source.src}`, fix: 'Move what is shared into src.' }
  const targetRoom = target.slice(source.src.length).split('/')[0] ?? ''
  const rules = ROOMS[source.folder].filter(({ from }) => from.includes(source.room))
  const broken = rules.find(({ never }) =>
    typeof never === 'string' ? targetRoom !== source.room && targetRoom !== 'errors.ts' : never.includes(targetRoom),
  )
  if (broken === undefined) return undefined
  return {
    message: `${source.folder}/${source.room} imports ${source.folder}/${targetRoom}: ${broken.because}`,
    fix: 'Hand the value in as a parameter, or move the code to the side it belongs to.',
  }
}

function testkitFault({ file, home }: Place, specifier: string): Finding {
  if (OURS.exec(specifier)?.[0] !== TESTKIT) return undefined
  if (/^(?:packages\/[^/]+\/test|e2e|tools\/test)\//.test(file) || home === 'packages/testkit') return undefined
  return { message: `"${specifier}" is for tests alone`, fix: 'Move what is needed out of the testkit into a package that may ship.' }
}

function packageImportFault(root: string, { home, source }: Place, { isTypeOnly }: Import, specifier: string): Finding {
  if (source === undefined) return undefined
  if (specifier.startsWith('node:')) return undefined
  if (BUILT_IN.has(specifier.split('/')[0] ?? '')) return { message: `"${specifier}" lacks its prefix`, fix: `Write "node:${specifier}".` }
  const name = packageName(specifier)
  const allowed: readonly string[] = PUBLISHED[source.folder].imports
  if (OURS.test(specifier) && !allowed.includes(name)) {
    return { message: `${PUBLISHED[source.folder].name} must not know ${name}`, fix: 'Hand the value in from postern, which knows both.' }
  }
  if (source.folder === 'metrics')
    return { message: `metrics imports "${specifier}"`, fix: 'metrics imports only node: and itself; write it, or do without.' }
  if (isTypeOnly || declaredDependencies(root, home).has(name)) return undefined
  return {
    message: `"${name}" is not a dependency of ${home}/package.json`,
    fix: 'Declare it there, in tools/dependencies.ts and in docs/adr/0004.',
  }
}

function readerFault({ source }: Place, specifier: string): Finding {
  if (source === undefined || !/^node:fs(?:\/|$)/.test(specifier)) return undefined
  const rooms = READERS[source.folder]
  if (rooms === 'all' || rooms.includes(source.room)) return undefined
  return {
    message: `${source.folder}/${source.room} imports "${specifier}", and in ${source.folder} only ${rooms.join(', ')}/ reads files`,
    fix: 'Take the contents, or a reader, as a parameter.',
  }
}

function declaredDependencies(root: string, home: string): ReadonlySet<string> {
  const file = join(root, home, 'package.json')
  if (!existsSync(file)) return new Set()
  const { dependencies = {}, peerDependencies = {}, optionalDependencies = {} } = JSON.parse(readFileSync(file, 'utf8'))
  return new Set([dependencies, peerDependencies, optionalDependencies].flatMap((table: object) => Object.keys(table)))
}

/** `process.env`, `process['argv']`, `{ env } = process` and `import { argv } from 'node:process'` outside postern. */
function processFaults({ file, tokens, imports, source }: Place): Fault[] {
  if (source === undefined || source.folder === 'postern') return []
  const fix = 'Only postern reads environment and arguments; take the value as a parameter.'
  const imported = imports
    .filter(({ specifier }) => specifier === 'node:process')
    .flatMap(({ names, line }) =>
      names.filter(isOutsideWorld).map((name) => ({ place: `${file}:${line}`, message: `process.${name} is imported`, fix })),
    )
  const touched = tokens.flatMap((token, index) => {
    if (token.kind !== 'word' || token.text !== 'process') return []
    const after = tokens.slice(index + 1, index + 5).filter(({ text }) => !['.', '?', '['].includes(text))
    const isMember = ['.', '?', '['].includes(tokens[index + 1]?.text ?? '')
    const member = isMember && after[0] !== undefined && isOutsideWorld(after[0].text) ? after[0].text : destructured(tokens, index)
    return member === undefined ? [] : [{ place: `${file}:${token.line}`, message: `process.${member} is read`, fix }]
  })
  return [...imported, ...touched]
}

/** Walks back from `process` over `} =` to the opening brace. */
function destructured(tokens: readonly Token[], index: number): string | undefined {
  if (tokens[index - 1]?.text !== '=' || tokens[index - 2]?.text !== '}') return undefined
  const opening = tokens.slice(0, index - 2).findLastIndex(({ text }) => text === '{')
  return tokens.slice(opening + 1, index - 2).find(({ text }) => isOutsideWorld(text))?.text
}

function isOutsideWorld(name: string): boolean {
  return ['env', 'argv', 'argv0', 'execArgv'].includes(name)
}

function cycleFaults(places: readonly Place[]): Fault[] {
  const arrows = new Map<string, readonly string[]>()
  for (const { file, imports } of places) {
    const targets = imports.flatMap(({ specifier }) =>
      specifier?.startsWith('.') ? [normalize(join(dirname(file), specifier)).replaceAll('\\', '/')] : [],
    )
    arrows.set(file, targets)
  }
  return findCycles(arrows).map((cycle) => ({
    place: cycle[0] ?? '',
    message: `imports run in a circle: ${[...cycle, cycle[0]].join(' → ')}`,
    fix: 'Move what both need into a third file below them.',
  }))
}

function nameFaults(files: readonly string[]): Fault[] {
  return files
    .filter((file) => file.split('/').some((part) => /^utils?(?:\.|$)/i.test(part)))
    .map((file) => ({ place: file, message: 'a file or folder is called utils', fix: 'Name it after what it is for.' }))
}

function emptyFolderFaults(root: string): Fault[] {
  return Object.keys(PUBLISHED)
    .flatMap((folder) => listEmptyFolders(root, `packages/${folder}/src`))
    .map((folder) => ({ place: folder, message: 'the room is empty', fix: 'Delete it until its first file is written.' }))
}

runAsProgram(import.meta.filename, 'check-boundaries', checkBoundaries)
