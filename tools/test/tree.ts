/** A folder of files for one test, gone with it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface Tree extends Disposable {
  readonly root: string
  /** Writes a file, with its folders; an empty folder is a path that ends in a slash. */
  write(file: string, contents?: string): void
}

export function createTree(files: Readonly<Record<string, string>> = {}): Tree {
  const root = mkdtempSync(join(tmpdir(), 'postern-tools-'))
  const write = (file: string, contents = ''): void => {
    mkdirSync(file.endsWith('/') ? join(root, file) : dirname(join(root, file)), { recursive: true })
    if (!file.endsWith('/')) writeFileSync(join(root, file), contents)
  }
  for (const [file, contents] of Object.entries(files)) write(file, contents)
  return { root, write, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) }
}
