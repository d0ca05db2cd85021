/** What a folder that was provisioned before holds by now: its owner may have changed, moved and renewed everything in it. */
import { X509Certificate } from 'node:crypto'
import { access, readFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { parse } from 'yaml'
import { FILES } from '../generate/model.ts'
import type { CertificateEnds } from './plan.ts'

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
    const found = await access(file).then(
      () => true,
      () => false,
    )
    if (!found) missing.push(file.startsWith(`${dir}/`) ? relative(dir, file) : file)
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
  try {
    return new Date(new X509Certificate(await readFile(file)).validTo)
  } catch {
    return undefined
  }
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
