import { createRegistry } from '@postern/metrics'
import { describe, expect, test } from 'vitest'
import { sampleLines, scrapeOpenMetrics } from '../support/scrape.ts'

describe('an info', () => {
  test('tells facts as labels of a one, under its suffix, whichever way it was named', async () => {
    const registry = createRegistry()
    registry.info({ name: 'build', help: 'B.', labelNames: ['version'] }).set({ version: '1.2' })
    registry.info({ name: 'os_info', help: 'O.', labelNames: ['name'] }).set({ name: 'linux' })
    registry.info({ name: 'plain', help: 'P.' })
    expect(await sampleLines(registry)).toEqual(['build_info{version="1.2"} 1', 'os_info{name="linux"} 1', 'plain_info 1'])
    expect(await scrapeOpenMetrics(registry)).toContain('# TYPE os info\n# HELP os O.\nos_info{name="linux"} 1\n')
  })

  test.each([{ maxSeries: 1 }, {}])('tells new facts instead of the old ones, with the limits %j', async (limits) => {
    const registry = createRegistry({ maxSeries: 1 })
    const info = registry.info({ name: 'build', help: 'B.', labelNames: ['version'], ...limits })
    for (const version of ['1', '2', '2', '3', '1']) {
      info.set({ version })
      expect(await sampleLines(registry)).toEqual([`build_info{version="${version}"} 1`])
    }
  })

  test('keeps the old facts when the new ones are refused', async () => {
    const registry = createRegistry()
    const info = registry.info({ name: 'build', help: 'B.', labelNames: ['version'] })
    info.set({ version: '1' })
    for (const wrong of [{}, { version: null }, { version: '2', other: 'x' }, null, 'x', undefined])
      expect(() => info.set(wrong as never)).toThrow(TypeError)
    expect(await sampleLines(registry)).toEqual(['build_info{version="1"} 1'])
  })

  test('is gone after clear, or goes on where it has no labels', async () => {
    const registry = createRegistry()
    const [info, plain] = [
      registry.info({ name: 'build', help: 'B.', labelNames: ['version'] }),
      registry.info({ name: 'plain', help: 'P.' }),
    ]
    info.set({ version: '1' })
    plain.set({})
    for (const one of [info, plain]) one.clear()
    expect(await sampleLines(registry)).toEqual(['plain_info 1'])
  })

  test('has no unit', () => {
    expect(() => createRegistry().info({ name: 'x_seconds', help: 'X.', unit: 'seconds' } as never)).toThrow(
      new TypeError('Info "x_seconds" has the unit "seconds", and what it tells is no quantity. Leave the unit out.'),
    )
    expect(() => createRegistry().info({ name: '_info', help: 'X.' })).toThrow(/only the suffix of an info/)
  })
})
