/** Runs every case through one way in. */
import { afterAll, describe, expect, test } from 'vitest'
import { requestText } from '../wire.ts'
import type { AdapterCase, Conversation, Mount, Talk } from './case.ts'
import { CASES, CONVERSATIONS } from './catalogue.ts'
import { describeCertificates } from './certificates.ts'
import { expectOwnAnswer, heardOf, inspect, serve } from './serve.ts'
import { Sightings } from './sightings.ts'

export function describeAdapter(mount: Mount): void {
  const skips = mount.skips ?? {}
  const names = new Set<string>()
  const sightings = new Sightings(mount)
  const define = (name: string, run: () => Promise<void>, numbers: readonly number[] = []): void => {
    names.add(name)
    const title = numbers.length === 0 ? name : `${name} [${numbers.join(', ')}]`
    if (skips[name] === undefined) test(title, run)
    else test.skip(`${title} (${skips[name]})`)
  }

  describe(`a guard behind ${mount.name}`, () => {
    for (const row of CASES) define(row.name, async () => sightings.note(row, await holdsCase(mount, row)), row.numbers)
    for (const row of CONVERSATIONS) define(row.name, async () => sightings.note(row, await holdsConversation(mount, row)), row.numbers)
    if (mount.scheme === 'https') describeCertificates(mount, define)
    test('skips no case that there is not', () => {
      expect(Object.keys(skips).filter((name) => !names.has(name))).toEqual([])
    })
    afterAll(() => sightings.keep())
  })
}

/** The request of a case as it goes over the wire. @param path of the metrics */
export function bytesOf({ bytes, target, lines = [], method = 'GET' }: AdapterCase, path: string): Buffer {
  return Buffer.from(bytes ?? requestText(target ?? path, lines, method), 'latin1')
}

/** @returns what was seen */
async function holdsCase(mount: Mount, row: AdapterCase): Promise<string> {
  await using served = await serve(mount, row.guard ? { guard: row.guard } : {})
  await using wire = await served.open()
  const { method = 'GET' } = row
  const answer = await wire.ask(bytesOf(row, new URL(served.url).pathname), method)
  const heard = heardOf(served.events)
  if (row.status === 'closed') {
    expect([answer, heard]).toEqual([undefined, []])
    return 'closed'
  }
  const response = inspect(answer)
  if (mount.hasRouter === true && row.router === true && heard.length === 0) {
    expect([400, 404]).toContain(response.status)
    return String(response.status)
  }
  expect([row.status].flat()).toContain(response.status)
  if (row.ends === true) await wire.ended()
  if (row.heard !== 'anything') {
    expect(heard).toEqual(row.heard === 'nothing' ? [] : [row.heard])
    if (row.heard !== 'nothing') expectOwnAnswer(response, method)
  }
  return row.ends === true ? `${response.status} closed` : String(response.status)
}

/** @returns what was seen */
async function holdsConversation(mount: Mount, row: Conversation): Promise<string> {
  await using served = await serve(mount)
  const talk: Talk = {
    path: new URL(served.url).pathname,
    open: (tls) => served.open(tls),
    async read(wire, method) {
      const response = await wire.read(method)
      return response && inspect(response)
    },
  }
  const seen = await row.talk(talk)
  expect(seen).toBe(row.expected)
  if (row.heard) expect(heardOf(served.events)).toEqual(row.heard)
  return seen
}
