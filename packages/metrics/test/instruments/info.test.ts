import { createRegistry, type Registry } from '@postern/metrics'
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

describe('an info of several rows', () => {
  const declare = (registry: Registry) =>
    registry.info({ name: 'plugin', help: 'P.', labelNames: ['version', 'host', 'plugin'], rowLabelNames: ['host', 'plugin'] })

  test('tells new facts of a row instead of its old ones, and leaves the others', async () => {
    const registry = createRegistry()
    const info = declare(registry)
    info.set({ host: 'x', plugin: 'mail', version: '1' })
    info.set({ host: 'x', plugin: 'chat', version: '1' })
    info.set({ host: 'y', plugin: 'mail', version: '1' })
    info.set({ version: 2, plugin: 'mail', host: 'x' })
    expect((await sampleLines(registry)).toSorted()).toEqual([
      'plugin_info{version="1",host="x",plugin="chat"} 1',
      'plugin_info{version="1",host="y",plugin="mail"} 1',
      'plugin_info{version="2",host="x",plugin="mail"} 1',
    ])
    expect([info.seriesCount, info.rowLabelNames]).toEqual([3, ['host', 'plugin']])
  })

  test('keeps the series of a row that is told the same again', async () => {
    let now = 1_000
    const registry = createRegistry({ wallClock: () => now })
    const info = registry.info({ name: 'plugin', help: 'P.', labelNames: ['plugin'], rowLabelNames: ['plugin'] })
    info.set({ plugin: 'mail' })
    const { store } = info.family
    const generation = store.segmentOf(0).generations[0]
    now = 2_000
    info.set({ plugin: 'mail' })
    info.set({ plugin: 'chat' })
    expect([store.segmentOf(0).generations[0], await sampleLines(registry)]).toEqual([
      generation,
      ['plugin_info{plugin="mail"} 1', 'plugin_info{plugin="chat"} 1'],
    ])
  })

  test('loses a row by its labels, or all', async () => {
    const registry = createRegistry()
    const info = declare(registry)
    for (const plugin of ['mail', 'chat']) info.set({ host: 'x', plugin, version: '1' })
    expect(info.removeWhere({ plugin: 'mail' })).toBe(1)
    expect(await sampleLines(registry)).toEqual(['plugin_info{version="1",host="x",plugin="chat"} 1'])
    info.clear()
    expect(await sampleLines(registry)).toEqual([])
  })

  test('changes nothing when a row is refused', async () => {
    const registry = createRegistry()
    const info = declare(registry)
    info.set({ host: 'x', plugin: 'mail', version: '1' })
    for (const wrong of [{}, { host: 'x', plugin: 'mail' }, { host: 'x', plugin: 'mail', version: null }, null])
      expect(() => info.set(wrong as never)).toThrow(TypeError)
    expect(await sampleLines(registry)).toEqual(['plugin_info{version="1",host="x",plugin="mail"} 1'])
  })

  test('has no more rows than it may have, and a row may change while it is full', async () => {
    const registry = createRegistry()
    const info = registry.info({ name: 'p', help: 'P.', labelNames: ['a', 'v'], rowLabelNames: ['a'], maxSeries: 2 })
    for (const a of ['1', '2', '3']) info.set({ a, v: 'old' })
    info.set({ a: '1', v: 'new' })
    expect((await sampleLines(registry)).filter((line) => line.startsWith('p_info'))).toEqual([
      'p_info{a="1",v="new"} 1',
      'p_info{a="2",v="old"} 1',
      'p_info{a="__overflow__",v="__overflow__"} 1',
    ])
  })

  test.each<{ rowLabelNames: unknown; message: string }>([
    { rowLabelNames: 'a', message: 'Info "p" has rowLabelNames "a", which is not an array. Write them like [\'plugin\'].' },
    { rowLabelNames: null, message: 'Info "p" has rowLabelNames null, which is not an array. Write them like [\'plugin\'].' },
    {
      rowLabelNames: ['c'],
      message: 'Info "p" has the row label "c", which is not among its labelNames [a, b]. Write it there as well.',
    },
    { rowLabelNames: ['a', 5], message: 'Info "p" has the row label 5, which is not among its labelNames [a, b]. Write it there as well.' },
    { rowLabelNames: ['a', 'b', 'a'], message: 'Info "p" has the row label "a" twice. Write it once.' },
  ])('is refused with the row labels $rowLabelNames, and takes no room', async ({ rowLabelNames, message }) => {
    const registry = createRegistry({ maxSeries: 1 })
    const options = { name: 'p', help: 'P.', labelNames: ['a', 'b'], rowLabelNames: rowLabelNames as never } as const
    expect(() => registry.info(options)).toThrow(new TypeError(message))
    expect(() => registry.info({ name: 'p', help: 'P.', rowLabelNames: ['a'] as never })).toThrow(/not among its labelNames \[\]/)
    registry.gauge({ name: 'g', help: 'G.', labelNames: ['l'] }).set({ l: 1 }, 1)
    expect(await sampleLines(registry)).toEqual(['g{l="1"} 1'])
  })
})
