import { createRegistry, type FamilySnapshot } from '@postern/metrics'
import { describe, expect, test } from 'vitest'
import { readText } from '../../src/scrape/shared-body.ts'
import { sampleLines, scrapeText } from '../support/scrape.ts'

const ERRORS = 'postern_metrics_collect_errors_total'
const gaugeOf = (name: string, value = 1): FamilySnapshot => ({
  kind: 'gauge',
  name,
  help: 'G.',
  labelNames: [],
  series: [{ labels: [], values: [value] }],
})

describe('families of others', () => {
  test('come after those of the registry, with its default labels, until they are taken out', async () => {
    const registry = createRegistry({ defaultLabels: { app: 'x' } })
    let value = 0
    const exclude = registry.include({ name: 'other', collect: () => [gaugeOf('b', (value += 1)), gaugeOf('a')] })
    registry.gauge({ name: 'own', help: 'O.' })
    expect(await sampleLines(registry)).toEqual(['own{app="x"} 0', 'b{app="x"} 1', 'a{app="x"} 1'])
    expect(await sampleLines(registry)).toEqual(['own{app="x"} 0', 'b{app="x"} 2', 'a{app="x"} 1'])
    expect((await registry.snapshot()).map(({ name }) => name)).toEqual(['own', 'b', 'a'])
    const { body } = await registry.expose({ accept: undefined, names: ['a'] })
    expect(body && (await readText(body))).toBe('# HELP a G.\n# TYPE a gauge\na{app="x"} 1\n')
    exclude()
    exclude()
    expect(await sampleLines(registry)).toEqual(['own{app="x"} 0'])
  })

  test('whose names are taken are left out and counted, the others stay', async () => {
    const registry = createRegistry()
    registry.counter({ name: 'own', help: 'O.' })
    const taken = [gaugeOf('own_total'), gaugeOf('good'), gaugeOf('good'), gaugeOf(ERRORS)]
    registry.include({ name: 'other', collect: () => taken })
    registry.include({
      name: 'third',
      collect: () => [
        { ...gaugeOf('good_count'), kind: 'counter' },
        { ...gaugeOf('good'), kind: 'histogram' },
      ],
    })
    expect(await sampleLines(registry)).toEqual(
      [
        'own 0',
        'good 1',
        'good_count 1',
        `${ERRORS}{family="own_total"} 1`,
        `${ERRORS}{family="good"} 2`,
        `${ERRORS}{family="${ERRORS}"} 1`,
      ].toSorted(byOwnFirst),
    )
  })

  test.each<{ name: string; collect: () => unknown; family: string }>([
    {
      name: 'throws',
      collect: () => {
        throw new Error('no')
      },
      family: 'other',
    },
    { name: 'rejects with undefined', collect: () => Promise.reject(undefined), family: 'other' },
    { name: 'answers nothing', collect: () => undefined, family: 'other' },
    { name: 'answers a text', collect: () => 'families', family: 'other' },
    { name: 'answers one family', collect: () => gaugeOf('x'), family: 'other' },
    { name: 'answers nothing for a family', collect: () => [undefined], family: 'unnamed' },
    { name: 'answers a number for a family', collect: () => [5], family: 'unnamed' },
    { name: 'answers a family without a name', collect: () => [{ ...gaugeOf('x'), name: undefined }], family: 'unnamed' },
    { name: 'answers a family with a name that is none', collect: () => [gaugeOf('not a name')], family: 'not a name' },
    { name: 'answers a family without series', collect: () => [{ ...gaugeOf('x'), series: undefined }], family: 'x' },
    { name: 'answers a help that is none', collect: () => [{ ...gaugeOf('x'), help: 5 }], family: 'x' },
  ])('cost themselves alone when their source $name', async ({ collect, family }) => {
    const registry = createRegistry()
    registry.gauge({ name: 'own', help: 'O.' })
    registry.include({ name: 'other', collect: collect as never })
    registry.include({ name: 'good', collect: () => [gaugeOf('good')] })
    const lines = await sampleLines(registry)
    expect(lines).toContain(`${ERRORS}{family="${family}"} 1`)
    expect(lines.filter((line) => !line.startsWith(ERRORS))).toEqual(['own 0', 'good 1'])
  })

  test('that did not come in time are left out, those of before as well', async () => {
    const registry = createRegistry({ collectTimeoutMilliseconds: 5 })
    let answers = 0
    registry.include({ name: 'slow', collect: () => ((answers += 1) > 1 ? new Promise<never>(() => {}) : [gaugeOf('x')]) })
    expect(await sampleLines(registry)).toEqual(['x 1'])
    expect(await sampleLines(registry)).toEqual([`${ERRORS}{family="slow"} 1`])
    expect(await registry.snapshot()).toMatchObject([{ name: ERRORS }])
    expect(answers).toBe(2)
  })

  test('take no room from the families of the registry, however many they are', async () => {
    const registry = createRegistry({ maxSeries: 1 })
    const series = Array.from({ length: 300 }, (_, at) => ({ labels: [`${at}`], values: [at] }))
    registry.include({ name: 'other', collect: () => [{ ...gaugeOf('x'), labelNames: ['a'], series }] })
    registry.gauge({ name: 'own', help: 'O.', labelNames: ['a'] }).set({ a: 'x' }, 1)
    for (let round = 0; round < 3; round += 1) expect(await sampleLines(registry)).toHaveLength(301)
    expect(await scrapeText(registry)).not.toContain('__overflow__')
  })

  test.each([undefined, 5, null])('of a source named %s are refused', (name) => {
    expect(() => createRegistry().include({ name: name as never, collect: () => [] })).toThrow(
      new TypeError(`The source to include has the name ${name}. Write a text by which its failures are told.`),
    )
  })
})

/** Own families first, then the included ones: errors are counted in an own one. */
function byOwnFirst(one: string, other: string): number {
  const rank = (line: string): number => (line.startsWith('own') ? 0 : line.startsWith(ERRORS) ? 1 : 2)
  return rank(one) - rank(other)
}
