/** From options to a folder on the disk: made once, left alone afterwards, made anew only by force. */
import { rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { FILES, type FolderFile, type GuardedEndpoint } from '../generate/model.ts'
import { readCertificateEnds, readMissingFiles } from './existing.ts'
import { inspectFolder, PREVIOUS_POLICY, SUBFOLDERS } from './folder.ts'
import { compileOptions, type ProvisionOptions } from './options.ts'
import { type CertificateEnds, createPlan } from './plan.ts'
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
}

/** The folder was complete and is as it was before. It may serve another endpoint than the options say. */
export interface Unchanged extends ProvisionFacts {
  readonly status: 'unchanged'
  /** Files that postern.yaml or prometheus.yml name and that are not there, relative to the folder where they lie in it. */
  readonly missing: readonly string[]
}

export type ProvisionResult = Written | Unchanged

/**
 * Makes `dir` a folder that `postern serve` and Prometheus can start from. An interrupted run is finished by the next one, with new
 * secrets. Two runs in one folder at the same time are not kept apart.
 * @param dir relative to the working folder of the process; made when it is missing
 * @throws {PosternError} ERR_POSTERN_USAGE, ERR_POSTERN_LISTEN_ADDRESS, ERR_POSTERN_UPSTREAM_URL, ERR_POSTERN_OCCUPIED: nothing was touched;
 * ERR_POSTERN_DIRECTORY: something could not be written, and a complete folder has not come about.
 */
export async function provision(dir: string, options: ProvisionOptions = {}): Promise<ProvisionResult> {
  compileOptions(options)
  const root = resolve(dir)
  const force = options.force ?? false
  const folder = await inspectFolder(root, force)
  if (folder.state === 'complete' && !force) {
    return {
      status: 'unchanged',
      dir: root,
      files: Object.values(FILES).filter((file) => folder.own.includes(file.path)),
      missing: await readMissingFiles(root),
      notAfter: await readCertificateEnds(root),
    }
  }

  const plan = await createPlan(options)
  for (const name of ['', ...SUBFOLDERS]) await ensurePrivateFolder(join(root, name))
  if (folder.state === 'complete') {
    // From here until the new policy stands, the folder is an unfinished one, and the next run would finish it.
    await naming(root, async () => {
      await rename(join(root, FILES.policy.path), join(root, PREVIOUS_POLICY))
      await syncFolder(root)
    })
  }
  // Keys and secrets of earlier runs that the new policy does not name, and halves of files.
  const planned = new Set<string>([PREVIOUS_POLICY, ...plan.files.map((file) => file.path)])
  for (const name of folder.own) {
    if (!planned.has(name)) await naming(join(root, name), () => rm(join(root, name), { force: true }))
  }
  for (const file of plan.files) await writeFileWhole(join(root, file.path), file.content, file.mode)
  return {
    status: folder.state === 'complete' ? 'replaced' : 'created',
    dir: root,
    files: Object.values(FILES).filter((file) => planned.has(file.path)),
    notAfter: plan.notAfter,
    endpoint: plan.endpoint,
  }
}
