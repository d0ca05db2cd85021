import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SEGMENT_MASK, SEGMENT_SHIFT, SEGMENT_SIZE, Segment } from '../../src/series/segment.ts'
import { SlotTable } from '../../src/series/slot-table.ts'

const LABELS = 2

/** Segments whose slots have these numbers. */
function segmentsOf(rows: readonly (readonly number[])[]): Segment[] {
  const segments: Segment[] = []
  for (const [slot, row] of rows.entries()) {
    const segment = (segments[slot >>> SEGMENT_SHIFT] ??= new Segment({
      stride: 1,
      labelCount: LABELS,
      capacity: SEGMENT_SIZE,
      keepsCreated: false,
    }))
    segment.ids.set(row, (slot & SEGMENT_MASK) * LABELS)
  }
  return segments
}

/** All pairs of few numbers: with few distinct ones most homes are shared. */
const ROWS = Array.from({ length: 400 }, (_, slot) => [slot % 20, Math.floor(slot / 20)] as const)

describe('a table of slots', () => {
  test('finds nothing while it is empty, and ends the search of what was removed', () => {
    const table = new SlotTable(segmentsOf(ROWS), LABELS, 1)
    expect(table.find(Uint32Array.of(0, 0))).toBe(-1)
    table.remove(0)
    table.add(0)
    table.remove(0)
    expect(table.find(Uint32Array.of(0, 0))).toBe(-1)
  })

  test.each([0, 1, -1, 0x12345678])('is a map from numbers to slots, whatever comes and goes, with the seed %i', (seed) => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ action: fc.constant('add' as const), slot: fc.nat({ max: ROWS.length - 1 }) }) },
      { weight: 4, arbitrary: fc.record({ action: fc.constant('remove' as const), slot: fc.nat({ max: ROWS.length - 1 }) }) },
      { weight: 1, arbitrary: fc.record({ action: fc.constant('rebuild' as const), slot: fc.constant(0) }) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
        const table = new SlotTable(segmentsOf(ROWS), LABELS, seed)
        const model = new Set<number>()
        for (const { action, slot } of steps) {
          if (action === 'rebuild') table.rebuild(model, model.size)
          else if (action === 'remove') {
            table.remove(slot)
            model.delete(slot)
          } else if (!model.has(slot)) {
            table.add(slot)
            model.add(slot)
          }
        }
        for (const [slot, row] of ROWS.entries()) expect(table.find(Uint32Array.from(row))).toBe(model.has(slot) ? slot : -1)
      }),
      { numRuns: 40, interruptAfterTimeLimit: 1_000 },
    )
  })

  test('closes gaps across the end of its places', () => {
    // Eight places and five entries at a time: whichever the seed, some chain goes around the end.
    for (let seed = 0; seed < 200; seed += 1) {
      const table = new SlotTable(segmentsOf(ROWS), LABELS, seed)
      const present = new Set([0, 1, 2, 3, 4])
      for (const slot of present) table.add(slot)
      for (const gone of [(seed * 7) % 5, (seed * 3) % 5]) {
        table.remove(gone)
        present.delete(gone)
        for (let slot = 0; slot < 5; slot += 1) {
          expect(table.find(Uint32Array.from(ROWS[slot] as readonly number[]))).toBe(present.has(slot) ? slot : -1)
        }
      }
    }
  })

  test('takes a seed of its own, so that collisions prepared elsewhere do not collide here', () => {
    const table = new SlotTable(segmentsOf(ROWS), LABELS)
    for (let slot = 0; slot < ROWS.length; slot += 1) table.add(slot)
    expect(ROWS.map((row) => table.find(Uint32Array.from(row)))).toEqual(ROWS.map((_, slot) => slot))
  })
})
