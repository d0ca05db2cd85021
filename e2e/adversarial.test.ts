/**
 * The adversarial cases against the built gateway; and with `npm run adversarial` against nginx and node_exporter too, side by side in
 * one run. What ours answers is asserted; what the others answer is a fact, shown in docs/reference/adversarial.md.
 */
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { GuardOptions } from '@postern/guard'
import {
  type AdapterCase,
  bytesOf,
  type Conversation,
  connect,
  isConversation,
  isWriting,
  POLICY,
  type RawResponse,
  RIVALS,
  readSightings,
  renderAdversarialPage,
  Sightings,
  type Talk,
  THEMES,
  TOKEN,
  type Wire,
} from '@postern/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isMissing } from './support/binaries.ts'
import { startPostern, temporaryFolder } from './support/postern.ts'
import { freePort, type RunningProcess } from './support/process.ts'
import { type Rival, startExporter, startGuardedExporter, startNginx, writeHtpasswd } from './support/rivals.ts'

const ROWS = THEMES.flatMap(({ rows }) => rows.filter(({ numbers }) => numbers !== undefined))
const POLICIES = [...new Map(ROWS.map((row) => guardOf(row)).map((guard) => [JSON.stringify(guard ?? ''), guard])).values()]

/** Undefined for the policy of most. */
function guardOf(row: AdapterCase | Conversation): GuardOptions | undefined {
  return isConversation(row) ? undefined : row.guard
}

/** The policy as postern.yaml has it (JSON is YAML): users from a file, a token as its digest. */
function policyFile(guard: GuardOptions, users: string, port: number, upstream: number): string {
  const sha256 = createHash('sha256').update(TOKEN).digest('hex')
  const basic = { type: 'basic', users_file: users }
  const bearer = { type: 'bearer', tokens: [{ name: 'agent', sha256 }] }
  const credentials = guard.credentials === 'none' ? 'none' : [basic, bearer]
  return JSON.stringify({
    listen: [`127.0.0.1:${port}`],
    routes: [{ path: '/metrics', upstream: `http://127.0.0.1:${upstream}/metrics` }],
    // One gateway hears every case: a lockout would answer for most of them.
    guard: { ...guard, credentials, limits: { lockout: false } },
  })
}

/** Another's answer is waited for, but not for ever. */
async function readInTime(wire: Wire, method?: string): Promise<RawResponse | 'waits' | undefined> {
  const over = new AbortController()
  const late = setTimeout(1_000, 'waits' as const, { signal: over.signal })
  late.catch(() => {})
  const first = await Promise.race([wire.read(method), late])
  over.abort()
  return first
}

async function seenOf(row: AdapterCase | Conversation, url: string): Promise<string> {
  const { pathname: path } = new URL(url)
  if (!isConversation(row)) {
    await using wire = await connect(url)
    wire.send(bytesOf(row, path))
    const first = await readInTime(wire, row.method)
    if (first === 'waits') return first
    if (first === undefined) return 'closed'
    if (row.ends !== true) return String(first.status)
    const second = await readInTime(wire)
    return second === undefined ? `${first.status} closed` : second === 'waits' ? String(first.status) : `${first.status} ${second.status}`
  }
  const talk: Talk = { path, open: () => connect(url), read: readInTime }
  const over = new AbortController()
  const late = setTimeout(10_000, 'goes on', { signal: over.signal })
  late.catch(() => {})
  const seen = await Promise.race([row.talk(talk), late])
  over.abort()
  return seen
}

describe.skipIf(isMissing(...(isWriting() ? ['nginx'] : []), 'prometheus-node-exporter', 'htpasswd'))('side by side', () => {
  const ended: AsyncDisposable[] = []
  const gateways = new Map<string, { readonly url: string; readonly running: RunningProcess }>()
  const sightings = RIVALS.map((column) => new Sightings({ name: column, column }))
  let rivals: readonly Rival[] = []

  beforeAll(async () => {
    const folder = await temporaryFolder()
    const exporter = await startExporter()
    ended.push(folder, exporter)
    const users = await writeHtpasswd(folder.path)
    // They make a client wait where they have no answer, and their answers are not ours to hold.
    if (isWriting()) rivals = [await startNginx(folder.path, users, exporter.port, POLICIES), await startGuardedExporter(folder.path)]
    ended.push(...rivals)
    for (const [at, policy] of POLICIES.entries()) {
      const port = await freePort()
      const config = join(folder.path, `postern-${at}.yaml`)
      await writeFile(config, policyFile(policy ?? POLICY, users, port, exporter.port), { mode: 0o600 })
      const running = startPostern(['serve', '--config', config])
      ended.push(running)
      gateways.set(JSON.stringify(policy ?? ''), { url: `http://127.0.0.1:${port}/metrics`, running })
    }
    for (const { running } of gateways.values()) await running.printed(/^postern serving/m, 50_000)
  })

  afterAll(async () => {
    for (const one of sightings) one.keep()
    if (isWriting()) {
      const page = fileURLToPath(new URL('../docs/reference/adversarial.md', import.meta.url))
      writeFileSync(page, renderAdversarialPage(readSightings()))
    }
    for (const one of ended.toReversed()) await one[Symbol.asyncDispose]()
  })

  test.each(ROWS)('$name', async (row) => {
    const others = rivals.map(async (rival, at) => {
      const url = rival.urlFor(guardOf(row))
      if (url !== undefined) sightings[at]?.note(row, await seenOf(row, url))
    })
    await Promise.all(others)
    const seen = await seenOf(row, gateways.get(JSON.stringify(guardOf(row) ?? ''))?.url ?? '')
    const statuses = isConversation(row) ? [row.expected] : [row.status].flat().map(String)
    expect(statuses).toContain(!isConversation(row) && row.ends === true ? seen.replace(/ closed$/, '') : seen)
    if (!isConversation(row) && row.ends === true) expect(seen).toMatch(/ closed$/)
  })

  test('the gateways say nothing that is secret, and no line that is not one', () => {
    for (const { running } of gateways.values()) {
      expect(running.output()).not.toContain('canary')
      expect(running.output()).not.toMatch(/[^\P{Cc}\n]/u)
    }
  })
})
