/** Very many series: made, rendered and removed, and their memory comes back. */
import { createRegistry } from '@postern/metrics'
import { expect, test } from 'vitest'

const SERIES = 1_000_000

// A walk over all series for each of them would take hours: whether it ends says enough, and how fast it is is for the bench to say.
test('a million series are made, scraped, halved and scraped again, and their labels are forgotten', { timeout: 120_000 }, async () => {
  const registry = createRegistry({ keptBytes: 0 })
  const counter = registry.counter({ name: 'x_total', help: 'X.', labelNames: ['half', 'i'] })
  for (let i = 0; i < SERIES; i += 1) counter.inc({ half: i % 2 === 0 ? 'even' : 'odd', i })
  const { dictionaries } = counter.family.store
  const bytesOfLabels = (): number => dictionaries.reduce((sum, { bytes, starts }) => sum + bytes.byteLength + starts.byteLength, 0)
  const before = bytesOfLabels()
  const count = async (): Promise<{ lines: number; bytes: number }> => {
    const { body } = await registry.expose({ accept: undefined })
    const seen = { lines: 0, bytes: 0 }
    if (body === undefined) return seen
    for await (const chunk of body) {
      seen.bytes += chunk.length
      for (const byte of chunk) if (byte === 10) seen.lines += 1
    }
    return seen
  }
  expect((await count()).lines).toBe(SERIES + 2)
  expect(counter.removeWhere({ half: 'odd' })).toBe(SERIES / 2)
  expect([counter.seriesCount, (await count()).lines]).toEqual([SERIES / 2, SERIES / 2 + 2])
  // One by one as well: the walk over all is shared by many.
  for (let i = 0; i < SERIES; i += 20) counter.remove({ half: 'even', i })
  expect(counter.seriesCount).toBe(SERIES * 0.45)
  counter.clear()
  expect(bytesOfLabels()).toBeLessThan(before / 100)
  for (let i = 0; i < 1_000; i += 1) counter.inc({ half: 'again', i })
  expect(await count()).toMatchObject({ lines: 1_002 })
})
