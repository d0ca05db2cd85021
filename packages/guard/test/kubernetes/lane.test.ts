import { expect, test } from 'vitest'
import { createLane } from '../../src/kubernetes/lane.ts'

const never = new AbortController().signal

test('lets so many in, holds so many, and turns the next away', async () => {
  const lane = createLane(2, 1)
  expect([await lane.enter(never), await lane.enter(never)]).toEqual([true, true])
  const waiting = lane.enter(never)
  expect(await lane.enter(never)).toBe(false)
  lane.leave()
  expect(await waiting).toBe(true)
  lane.leave()
  lane.leave()
  expect([await lane.enter(never), await lane.enter(never)]).toEqual([true, true])
})

test('first come, first served', async () => {
  const lane = createLane(1, 3)
  await lane.enter(never)
  const order: number[] = []
  const waits = [1, 2, 3].map((number) => lane.enter(never).then(() => order.push(number)))
  for (const wait of waits) {
    lane.leave()
    await wait
  }
  expect(order).toEqual([1, 2, 3])
})

test('who gives up leaves the queue to others, and no place behind', async () => {
  const lane = createLane(1, 1)
  await lane.enter(never)
  const end = new AbortController()
  const impatient = lane.enter(end.signal)
  end.abort()
  expect(await impatient).toBe(false)
  const patient = lane.enter(never)
  lane.leave()
  expect(await patient).toBe(true)
  lane.leave()
  expect(await lane.enter(never)).toBe(true)
})
