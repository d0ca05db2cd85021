/** Writes docs/reference/adversarial.md anew: every way in is asked, then nginx and node_exporter beside the built gateway. */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const env = { ...process.env, POSTERN_ADVERSARIAL: 'write' }
const RUNS = [
  ['--project', 'unit', 'packages/guard/test/adapters', 'packages/postern/test/gateway/conformance.test.ts'],
  ['--project', 'e2e', 'e2e/adversarial.test.ts'],
]

rmSync(new URL('../.cache/adversarial', import.meta.url), { recursive: true, force: true })
for (const args of RUNS) {
  const { status } = spawnSync('npx', ['vitest', 'run', '--reporter=dot', ...args], { cwd: root, env, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
