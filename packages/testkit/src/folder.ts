/** A folder of a test's own, gone when the test ends. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string
  /** Writes a file, 0600 unless `mode` says otherwise, and answers its whole path. */
  write(name: string, content: string | Uint8Array, mode?: number): Promise<string>
}

export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'postern-test-'))
  return {
    path,
    async write(name, content, mode = 0o600) {
      const file = join(path, name)
      await writeFile(file, content, { mode })
      return file
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}
