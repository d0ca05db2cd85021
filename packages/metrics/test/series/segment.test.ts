import { expect, test } from 'vitest'
import { SEGMENT_MASK, SEGMENT_SHIFT, SEGMENT_SIZE, Segment } from '../../src/series/segment.ts'

test('a slot is a segment and a place in it', () => {
  expect([2 ** SEGMENT_SHIFT, SEGMENT_MASK + 1]).toEqual([SEGMENT_SIZE, SEGMENT_SIZE])
})

test('grows by columns, keeps what is in them, and stops at its full size', () => {
  const segment = new Segment({ stride: 3, labelCount: 2, capacity: 4, keepsCreated: true })
  segment.idle = new Uint8Array(4)
  segment.values.set([1, 2, 3], 9)
  segment.ids.set([7, 8], 6)
  segment.generations[3] = 5
  segment.dirty[3] = 6
  segment.idle[3] = 2
  if (segment.created) segment.created[3] = 1_700_000_000_000
  const sizes = [segment.capacity]
  for (let step = 0; step < 4; step += 1) {
    segment.grow()
    sizes.push(segment.capacity)
  }
  expect(sizes).toEqual([4, 16, 64, 256, 256])
  expect([...segment.values.subarray(9, 13)]).toEqual([1, 2, 3, 0])
  expect([...segment.ids.subarray(6, 9)]).toEqual([7, 8, 0])
  expect([segment.generations[3], segment.dirty[3], segment.idle[3], segment.created?.[3]]).toEqual([5, 6, 2, 1_700_000_000_000])
  expect([segment.values.length, segment.ids.length, segment.dirty.length, segment.created?.length, segment.idle.length]).toEqual([
    768, 512, 256, 256, 256,
  ])
  expect([segment.isLive(3), segment.isLive(4)]).toEqual([true, false])
})

test('has no column for births that nobody asks for, none for idleness before the first look', () => {
  const segment = new Segment({ stride: 1, labelCount: 0, capacity: 1, keepsCreated: false })
  segment.grow()
  expect([segment.created, segment.idle, segment.extras, segment.capacity]).toEqual([undefined, undefined, undefined, 4])
})
