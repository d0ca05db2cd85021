import { describe, expect, test } from 'vitest'
import { within } from '../../src/limits/within.ts'

describe('a promise within a time', () => {
  test('is what it comes to', async () => {
    expect(await within(10_000, Promise.resolve(7))).toBe(7)
    await expect(within(10_000, Promise.reject(new Error('no')))).rejects.toThrow('no')
  })

  test('is an error afterwards', async () => {
    await expect(within(1, new Promise(() => {}))).rejects.toThrow('no answer within 1 ms')
  })

  test('has come in time when this process was only too busy to look', async () => {
    const answer = new Promise((resolve) => setImmediate(() => resolve('in its socket')))
    const waited = within(1, answer)
    const end = performance.now() + 5
    while (performance.now() < end);
    expect(await waited).toBe('in its socket')
  })
})
