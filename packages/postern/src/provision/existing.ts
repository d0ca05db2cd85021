/** What a folder that was provisioned before holds by now: its owner may have changed, moved and renewed everything in it. */
import { X509Certificate } from 'node:crypto'
import { access, readFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { parse } from 'yaml'
import { parseHost } from '../config/hosts.ts'
import { formatHostPort, parseListenAddress } from '../config/listen-address.ts'
import { parseUpstreamUrl } from '../config/upstream-url.ts'
import { CREDENTIAL_KINDS, FILES, type FolderFile, type ProvisionedKind } from '../generate/model.ts'
import { DEFAULTS } from './options.ts'
import type { CertificateEnds } from './plan.ts'

/** The endpoint of a folder as far as it can be read: nothing here is a fault, what cannot be read is left out. */
export interface ExistingEndpoint {
  /** `HOST:PORT` in canonical spelling. */
  readonly listen: readonly string[]
  readonly routes: readonly ExistingRoute[]
  /** Of the server certificate, in its order. */
  readonly hosts: readonly string[]
  /** Kinds whose files are there, or are named by the policy or by prometheus.yml under our names. */
  readonly credentials: readonly ProvisionedKind[]
}

export interface ExistingRoute {
  readonly path: string
  /** Canonical, with its path. */
  readonly upstream: string
}

const FILES_OF: Readonly<Record<ProvisionedKind, readonly FolderFile[]>> = {
  basic: [FILES.users, FILES.password],
  bearer: [FILES.tokens, FILES.token],
  'client-certificate': [FILES.clientCertificate, FILES.clientKey],
}

/** @param policy the file of the policy, relative to `dir`: it has another name where a forced run was interrupted */
export async function readExistingEndpoint(dir: string, policy: string): Promise<ExistingEndpoint> {
  const value = await readYaml(join(dir, policy))
  const named = new Set<string>()
  collectFiles(value, named)
  collectFiles(await readYaml(join(dir, FILES.prometheus.path)), named)
  const inPlace = new Set([...named].map((name) => resolve(dir, name)))
  const credentials: ProvisionedKind[] = []
  for (const kind of CREDENTIAL_KINDS) {
    const files = FILES_OF[kind].map(({ path }) => join(dir, path))
    const there = await Promise.all(files.map(async (file) => inPlace.has(file) || (await exists(file))))
    if (there.includes(true)) credentials.push(kind)
  }
  return { listen: readListen(value), routes: readRoutes(value), hosts: await readHosts(dir), credentials }
}

function readListen(policy: unknown): readonly string[] {
  return listAt(policy, 'listen').flatMap((text) =>
    attempt(() => {
      const { host, port } = parseListenAddress(String(text), [])
      return formatHostPort(host, port)
    }),
  )
}

function readRoutes(policy: unknown): readonly ExistingRoute[] {
  return listAt(policy, 'routes').flatMap((route) => {
    const [path, upstream] = [valueAt(route, 'path'), valueAt(route, 'upstream')]
    if (typeof upstream !== 'string') return []
    const at = typeof path === 'string' ? path : DEFAULTS.path
    return attempt(() => ({ path: at, upstream: parseUpstreamUrl(upstream, [], at).href }))
  })
}

async function readHosts(dir: string): Promise<readonly string[]> {
  const names = (await readCertificate(join(dir, FILES.serverCertificate.path)))?.subjectAltName ?? ''
  return names.split(', ').flatMap((name) => parseHost(name.replace(/^(?:DNS|IP Address):/, '')) ?? [])
}

/** The targets that prometheus.yml names, each once, in their order. */
export async function readTargets(dir: string): Promise<readonly string[]> {
  const jobs = listAt(await readYaml(join(dir, FILES.prometheus.path)), 'scrape_configs')
  const targets = jobs.flatMap((job) => listAt(job, 'static_configs')).flatMap((group) => listAt(group, 'targets'))
  return [...new Set(targets.filter((target) => typeof target === 'string'))]
}

/**
 * Files that postern.yaml and prometheus.yml name and that are not there, and prometheus.yml itself. What cannot be read names nothing:
 * it is for `postern validate` to say why. The key of the authority is named nowhere, so that it may be kept elsewhere.
 */
export async function readMissingFiles(dir: string): Promise<readonly string[]> {
  const named = new Set<string>([FILES.prometheus.path])
  for (const { path } of [FILES.policy, FILES.prometheus]) collectFiles(await readYaml(join(dir, path)), named)
  const missing: string[] = []
  for (const name of named) {
    const file = resolve(dir, name)
    if (!(await exists(file))) missing.push(file.startsWith(`${dir}/`) ? relative(dir, file) : file)
  }
  return missing.sort()
}

/** The ends of the certificates that are there and can be read. */
export async function readCertificateEnds(dir: string): Promise<CertificateEnds> {
  const [authority, server, client] = await Promise.all(
    [FILES.authorityCertificate, FILES.serverCertificate, FILES.clientCertificate].map((file) => readEnd(join(dir, file.path))),
  )
  return { ...(authority && { authority }), ...(server && { server }), ...(client && { client }) }
}

async function readEnd(file: string): Promise<Date | undefined> {
  const certificate = await readCertificate(file)
  return certificate && new Date(certificate.validTo)
}

async function readCertificate(file: string): Promise<X509Certificate | undefined> {
  try {
    return new X509Certificate(await readFile(file))
  } catch {
    return undefined
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}

async function readYaml(file: string): Promise<unknown> {
  try {
    return parse(await readFile(file, 'utf8'), { logLevel: 'silent' })
  } catch {
    return undefined
  }
}

/** Every value under a key that ends in `_file`, which is how both programs name their files. */
function collectFiles(value: unknown, named: Set<string>): void {
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === 'string' && key.endsWith('_file')) named.add(inner)
    else collectFiles(inner, named)
  }
}

function valueAt(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined
}

function listAt(value: unknown, key: string): readonly unknown[] {
  const list = valueAt(value, key)
  return Array.isArray(list) ? list : []
}

/** The value of `read`, or nothing where it throws. */
function attempt<T>(read: () => T): readonly T[] {
  try {
    return [read()]
  } catch {
    return []
  }
}
