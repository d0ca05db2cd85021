/** Debian's promtool as a judge: the parsers and the lint of Prometheus itself. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const installed = spawnSync('promtool', ['--version']).status === 0

/** Why the tests are skipped; undefined when they run. In CI they run whatever is missing, and fail. */
export const skipReason: string | undefined = installed || process.env['CI'] === 'true' ? undefined : 'promtool is not installed'

/** Parses and lints text 0.0.4: status 0 is clean, 3 is read but disliked, 1 is not read. */
export function checkMetrics(body: string): { status: number | null; complaints: string[] } {
  const { status, stderr, error } = spawnSync('promtool', ['check', 'metrics'], { input: body, encoding: 'utf8' })
  if (error) throw error
  return { status, complaints: stderr.split('\n').filter((line) => line !== '') }
}

/** Has Prometheus ingest an OpenMetrics exposition, and tells how many samples it took. @throws when it refuses it. */
export function ingestOpenMetrics(body: string): number {
  const folder = mkdtempSync(join(tmpdir(), 'postern-openmetrics-'))
  try {
    // Backfilling wants to know when; nothing else is added.
    const stamped = body.split('\n').map((line) => (line === '' || line.startsWith('#') ? line : `${line} 1700000000`))
    writeFileSync(join(folder, 'in.txt'), stamped.join('\n'))
    const blocks = join(folder, 'blocks')
    execFileSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', join(folder, 'in.txt'), blocks], { stdio: 'pipe' })
    mkdirSync(join(blocks, 'wal'))
    const dump = execFileSync('promtool', ['tsdb', 'dump', blocks], { encoding: 'utf8' })
    return dump.split('\n').filter((line) => line.endsWith(' 1700000000000')).length
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
