/** Debian's node_exporter behind the gateway: what arrives is what was sent. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { binary, isMissing } from './support/binaries.ts'
import { curl } from './support/curl.ts'
import { postern, startPostern, temporaryFolder } from './support/postern.ts'
import { freePort, startProcess } from './support/process.ts'

const familiesOf = (exposition: string): string[] =>
  [...exposition.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`)

function promtool(exposition: string): { status: number | null; findings: string[] } {
  const { status, stdout, stderr } = spawnSync(binary('promtool'), ['check', 'metrics'], { input: exposition, encoding: 'utf8' })
  return { status, findings: (stdout + stderr).split('\n').filter((line) => line !== '') }
}

test.skipIf(isMissing('prometheus-node-exporter', 'promtool', 'curl'))(
  'the families of node_exporter pass the gateway, and promtool accepts them',
  async () => {
    await using folder = await temporaryFolder()
    const [exporterPort, port] = [await freePort(), await freePort()]
    await using exporter = startProcess(binary('prometheus-node-exporter'), [`--web.listen-address=127.0.0.1:${exporterPort}`])
    await exporter.printed(/Listening on/)
    const upstream = `http://127.0.0.1:${exporterPort}/metrics`

    const dir = join(folder.path, 'node')
    expect((await postern(['init', '--dir', dir, '--upstream', upstream, '--listen', `localhost:${port}`])).status).toBe(0)
    await using gateway = startPostern(['serve', '--config', join(dir, 'postern.yaml')])
    await gateway.printed(/^postern serving/m)

    const tls = ['--cacert', join(dir, 'tls/ca.crt'), '--cert', join(dir, 'tls/prometheus.crt'), '--key', join(dir, 'tls/prometheus.key')]
    const guarded = `https://localhost:${port}/metrics`
    await curl(upstream) // The exporter's own counters by status appear with the first scrape.
    const direct = await curl(upstream)
    const through = await curl(...tls, guarded)
    expect(through.status).toBe(200)
    expect(familiesOf(through.body).length).toBeGreaterThan(50)
    expect(familiesOf(through.body)).toEqual(familiesOf(direct.body))

    const compressed = await curl(...tls, '--compressed', guarded)
    expect(familiesOf(compressed.body)).toEqual(familiesOf(direct.body))
    const filtered = await curl(...tls, '--globoff', `${guarded}?collect[]=loadavg&collect[]=uname&collect[]=time`)
    expect(familiesOf(filtered.body)).toContain('node_load1 gauge')
    expect(familiesOf(filtered.body)).not.toContain('node_memory_MemFree_bytes gauge')
    expect(promtool(filtered.body)).toEqual({ status: 0, findings: [] })

    // Names like node_memory_MemFree_bytes are the exporter's own and promtool's linter (status 3) dislikes them, with or without a gateway;
    // an exposition that cannot be parsed would be status 1.
    const verdict = promtool(through.body)
    expect(verdict).toEqual(promtool(direct.body))
    expect(verdict.status).not.toBe(1)
    await gateway.end()
  },
)
