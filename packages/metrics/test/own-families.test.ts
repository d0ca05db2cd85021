import { describe, expect, test } from 'vitest'
import { OwnFamilies } from '../src/own-families.ts'
import type { CollectTask } from '../src/scrape/collection.ts'
import type { Family } from '../src/series/family.ts'

function createOwn(): { own: OwnFamilies; forgotten: string[]; budget: { limit: number; used: number } } {
  const forgotten: string[] = []
  const budget = { limit: Infinity, used: 0 }
  const own = new OwnFamilies({
    context: {
      alphabet: 'legacy',
      defaultLabels: new Map(),
      budget,
      now: () => 0,
      wallClock: () => 0,
      keepsCreated: false,
      onOverflow: () => {},
    },
    timeoutMilliseconds: 1_000,
    forget: ({ name }) => forgotten.push(name),
  })
  return { own, forgotten, budget }
}

const names = (families: readonly Family[]): string[] => families.map(({ name }) => name)
const none: ReadonlySet<CollectTask> = new Set()
const collect = (): void => {}

describe('the families of a registry', () => {
  test('are shown in the order of their declaration, with what the registry tells of itself from its first event on', () => {
    const { own } = createOwn()
    for (const name of ['b', 'a']) own.declare('gauge', { name, help: 'X.' })
    expect(names(own.shown(none))).toEqual(['b', 'a'])
    own.count('overflow', 'a')
    expect(names(own.shown(none))).toEqual(['b', 'a', 'postern_metrics_overflow_total'])
  })

  test('are shown but for those whose collect failed, and of these all but totals are missing', () => {
    const { own } = createOwn()
    own.declare('gauge', { name: 'g', help: 'G.', collect })
    own.declare('counter', { name: 'c_total', help: 'C.', collect })
    own.declare('gauge', { name: 'other', help: 'O.', collect })
    own.declare('gauge', { name: 'still', help: 'S.' })
    const failed = new Set(own.tasks(0).slice(0, 2))
    expect([names(own.shown(failed)), names(own.missing(failed)), own.missing(none)]).toEqual([['other', 'still'], ['g'], []])
  })

  test('wait for a collect as long as the declaration says, else as long as all do', () => {
    const { own } = createOwn()
    own.declare('gauge', { name: 'a', help: 'A.', collect })
    own.declare('gauge', { name: 'b', help: 'B.', collect, collectTimeoutMilliseconds: 7 })
    expect(own.tasks(0).map(({ name, timeoutMilliseconds }) => [name, timeoutMilliseconds])).toEqual([
      ['a', 1_000],
      ['b', 7],
    ])
  })

  test('give back their names and their room when they are taken out, one or all', () => {
    const { own, forgotten, budget } = createOwn()
    for (const name of ['a', 'b', 'c']) own.declare('gauge', { name, help: 'X.' })
    expect([own.unregister('a'), own.unregister('a'), own.hasName('a'), budget.used, forgotten]).toEqual([true, false, false, 2, ['a']])
    own.clear()
    expect([own.shown(none), [...own.takenNames()], budget.used, forgotten]).toEqual([[], [], 0, ['a', 'b', 'c']])
    expect(own.hasName('postern_metrics_overflow_total')).toBe(true)
  })

  test('take no room for one whose name is taken', () => {
    const { own, budget } = createOwn()
    own.declare('gauge', { name: 'a', help: 'A.' })
    expect(() => own.declare('gauge', { name: 'a', help: 'A.' })).toThrow(/has taken/)
    expect([budget.used, names(own.shown(none))]).toEqual([1, ['a']])
  })
})
