/** From options to a folder on the disk: made once, left alone afterwards, renewed or made anew only by force. */
import { rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { FILES, type FolderFile, type GuardedEndpoint } from '../generate/model.ts'
import { type ExistingEndpoint, readCertificateEnds, readExistingEndpoint, readMissingFiles } from './existing.ts'
import {
  type Folder,
  inspectFolder,
  isLeftover,
  isPutAside,
  KEPT_POLICY,
  latestPreviousPolicy,
  nextPreviousPolicy,
  SUBFOLDERS,
} from './folder.ts'
import { hasEndpointOptions, inheritOptions, refuseContradiction } from './inherit.ts'
import { checkOptions, compileOptions, DEFAULTS, type ProvisionOptions } from './options.ts'
import { type CertificateEnds, createIdentity, createPlan, type PlannedFile } from './plan.ts'
import { ensurePrivateFolder, naming, syncFolder, writeFileWhole } from './write.ts'

interface ProvisionFacts {
  /** Absolute. */
  readonly dir: string
  /** The files of the folder that are ours, without their content, in the order to show them in. */
  readonly files: readonly FolderFile[]
  readonly notAfter: CertificateEnds
}

/** The folder was written, in an empty place or (`replaced`) over what an earlier run had made. */
export interface Written extends ProvisionFacts {
  readonly status: 'created' | 'replaced'
  readonly endpoint: GuardedEndpoint
  /** The policy that was there before, relative to the folder; absent where there was none. */
  readonly previous?: string
}

/** Certificates and secrets are new; postern.yaml and prometheus.yml are as they were. */
export interface Renewed extends ProvisionFacts, Pick<GuardedEndpoint, 'credentials'> {
  readonly status: 'renewed'
  /** Of the new server certificate: those of the one before. */
  readonly hosts: readonly string[]
  readonly missing: readonly string[]
}

/** The folder was complete and is as it was before. */
export interface Unchanged extends ProvisionFacts {
  readonly status: 'unchanged'
  /** Files that postern.yaml or prometheus.yml name and that are not there, relative to the folder where they lie in it. */
  readonly missing: readonly string[]
}

export type ProvisionResult = Written | Renewed | Unchanged

/**
 * Makes `dir` a folder that `postern serve` and Prometheus can start from. An interrupted run is finished by the next one, with new
 * secrets. Two runs in one folder at the same time are not kept apart.
 * @param dir relative to the working folder of the process; made when it is missing
 * @throws {PosternError} ERR_POSTERN_USAGE, ERR_POSTERN_LISTEN_ADDRESS, ERR_POSTERN_UPSTREAM_URL, ERR_POSTERN_OCCUPIED: nothing was touched;
 * ERR_POSTERN_DIRECTORY: something could not be written, and a complete folder has not come about.
 */
export async function provision(dir: string, options: ProvisionOptions = {}): Promise<ProvisionResult> {
  checkOptions(options)
  const root = resolve(dir)
  const force = options.force ?? false
  const folder = await inspectFolder(root, force)
  if (folder.state === 'fresh') return make(root, folder, options)

  const existing = await readExistingEndpoint(root, policyOf(folder))
  if (folder.state === 'replacing' || (force && hasEndpointOptions(options))) return make(root, folder, inheritOptions(options, existing))
  if (!force && (options.existing ?? DEFAULTS.existing) === 'agree') refuseContradiction(options, existing, root)
  if (folder.state === 'renewing' || force) return renew(root, folder, existing, options)
  return {
    status: 'unchanged',
    dir: root,
    files: Object.values(FILES).filter((file) => folder.own.includes(file.path)),
    missing: await readMissingFiles(root),
    notAfter: await readCertificateEnds(root),
  }
}

/** Where the policy of a folder is that has, or had, one. */
function policyOf({ state, own }: Folder): string {
  if (state === 'complete') return FILES.policy.path
  return state === 'renewing' ? KEPT_POLICY : (latestPreviousPolicy(own) ?? FILES.policy.path)
}

/** Writes everything; a policy that is there becomes a previous one first. */
async function make(root: string, folder: Folder, options: ProvisionOptions): Promise<Written> {
  const { state, own } = folder
  const plan = await createPlan(options)
  await ensureFolders(root)
  // From here until the new policy stands, the folder is an unfinished one, and the next run would finish it.
  const previous = state === 'fresh' ? undefined : state === 'replacing' ? latestPreviousPolicy(own) : nextPreviousPolicy(own)
  if (previous !== undefined && state !== 'replacing') await move(root, policyOf(folder), previous)
  // Keys and secrets of earlier runs that the new policy does not name, and halves of files.
  const planned = new Set(plan.files.map((file) => file.path))
  await remove(
    root,
    own.filter((name) => !planned.has(name) && !isPutAside(name)),
  )
  await write(root, plan.files)
  return {
    status: state === 'fresh' || state === 'replacing' ? 'created' : 'replaced',
    dir: root,
    files: Object.values(FILES).filter((file) => planned.has(file.path)),
    notAfter: plan.notAfter,
    endpoint: plan.endpoint,
    ...(previous !== undefined && { previous }),
  }
}

/**
 * Writes new certificates and secrets beside a policy that stays. It waits under another name meanwhile: between two generations of keys
 * nothing must start from it, and the next run sees by that name that this one did not end.
 */
async function renew(root: string, { state, own }: Folder, existing: ExistingEndpoint, options: ProvisionOptions): Promise<Renewed> {
  const { credentials } = existing
  // A certificate that is lost had the names that a new folder would give it.
  const hosts = existing.hosts.length > 0 ? existing.hosts : compileOptions(inheritOptions(options, existing)).hosts
  const { files, notAfter } = await createIdentity({ hosts, credentials }, options)
  await ensureFolders(root)
  if (state === 'complete') {
    // Somebody copied it back by hand after an interrupted run: neither of the two is lost.
    if (own.includes(KEPT_POLICY)) await move(root, KEPT_POLICY, nextPreviousPolicy(own))
    await move(root, FILES.policy.path, KEPT_POLICY)
  }
  await remove(root, own.filter(isLeftover))
  await write(root, files)
  await move(root, KEPT_POLICY, FILES.policy.path)
  const there = new Set([...own, FILES.policy.path, ...files.map((file) => file.path)])
  return {
    status: 'renewed',
    dir: root,
    files: Object.values(FILES).filter((file) => there.has(file.path)),
    notAfter,
    hosts,
    credentials,
    missing: await readMissingFiles(root),
  }
}

async function ensureFolders(root: string): Promise<void> {
  for (const name of ['', ...SUBFOLDERS]) await ensurePrivateFolder(join(root, name))
}

/** On the disk when it returns. */
async function move(root: string, from: string, to: string): Promise<void> {
  await naming(root, async () => {
    await rename(join(root, from), join(root, to))
    await syncFolder(root)
  })
}

async function remove(root: string, names: readonly string[]): Promise<void> {
  for (const name of names) await naming(join(root, name), () => rm(join(root, name), { force: true }))
}

async function write(root: string, files: readonly PlannedFile[]): Promise<void> {
  for (const file of files) await writeFileWhole(join(root, file.path), file.content, file.mode)
}
