/** The life of series without their names. */
import { describe, expect, test } from 'vitest'
import { type ColumnOptions, SeriesColumns, unlimited } from '../../src/series/columns.ts'

/** What a store does with its columns, for anyone to call. */
class OpenColumns extends SeriesColumns {
  override begin(): number {
    return super.begin()
  }
  override end(slot: number): void {
    super.end(slot)
  }
  override restart(slot: number): void {
    super.restart(slot)
  }
  override hasRoom(uncounted: number): boolean {
    return super.hasRoom(uncounted)
  }
}

const createColumns = (options: Partial<ColumnOptions> = {}, labelCount = 1): OpenColumns =>
  new OpenColumns({ stride: 2, maxSeries: Infinity, budget: unlimited(), now: undefined, createExtra: undefined, ...options }, labelCount)

describe('columns', () => {
  test('give slots in order, and those that have ended first', () => {
    const columns = createColumns()
    const born = [columns.begin(), columns.begin(), columns.begin()]
    columns.end(1)
    expect([born, [...columns.slots()], columns.live, columns.size]).toEqual([[0, 1, 2], [0, 2], 2, 3])
    expect([columns.begin(), columns.begin(), columns.live, columns.size]).toEqual([1, 3, 4, 4])
  })

  test.each([
    { name: 'one place without labels', labelCount: 0, series: 1, capacities: [1] },
    { name: 'few places at first', labelCount: 1, series: 3, capacities: [4] },
    { name: 'four times as many as they fill', labelCount: 1, series: 17, capacities: [64] },
    { name: 'whole segments after the first', labelCount: 1, series: 257, capacities: [256, 256] },
  ])('have $name', ({ labelCount, series, capacities }) => {
    const columns = createColumns({}, labelCount)
    for (let i = 0; i < series; i += 1) columns.begin()
    expect(columns.segments.map(({ capacity }) => capacity)).toEqual(capacities)
  })

  test('leave nothing of a life to the next', () => {
    let now = 1
    const columns = createColumns({ now: () => now, createExtra: () => ({ born: now }) })
    const segment = columns.segmentOf(columns.begin())
    segment.values.set([3, 4])
    segment.origins = [{ a: 1 }]
    segment.idle = new Uint8Array(4).fill(9)
    columns.end(0)
    expect([segment.values[0], segment.values[1], segment.extras, segment.origins]).toEqual([0, 0, [undefined], [undefined]])
    now = 2
    columns.begin()
    expect([segment.created?.[0], segment.extras, segment.idle[0], segment.generations[0]]).toEqual([2, [{ born: 2 }], 0, 3])
  })

  test('restart a slot in another life, at zero', () => {
    const columns = createColumns()
    const segment = columns.segmentOf(columns.begin())
    segment.values.set([3, 4])
    columns.restart(0)
    expect([segment.values[0], segment.values[1], columns.isLive(0), segment.generations[0], columns.live]).toEqual([0, 0, true, 3, 1])
  })

  test('have room up to their own limit and that of all together, those not counted left out', () => {
    const budget = { limit: 3, used: 0 }
    const [one, other] = [createColumns({ maxSeries: 2, budget }), createColumns({ budget })]
    one.begin()
    expect(one.hasRoom(0)).toBe(true)
    one.begin()
    expect([one.hasRoom(0), one.hasRoom(1), other.hasRoom(0)]).toEqual([false, true, true])
    other.begin()
    expect([other.hasRoom(0), other.hasRoom(1), budget.used]).toEqual([false, true, 3])
    one.leaveBudget()
    expect([budget.used, other.hasRoom(0), one.hasRoom(0)]).toEqual([1, true, false])
  })
})
