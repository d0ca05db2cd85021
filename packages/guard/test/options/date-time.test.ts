import { faultOf } from '@postern/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileDateTime } from '../../src/options/date-time.ts'

describe('a point in time', () => {
  test.each([
    { text: '2030-01-31T12:00:00Z', time: Date.UTC(2030, 0, 31, 12) },
    { text: '2030-01-31t12:00:00z', time: Date.UTC(2030, 0, 31, 12) },
    { text: '2030-01-31T12:00:00.250Z', time: Date.UTC(2030, 0, 31, 12, 0, 0, 250) },
    { text: '2030-01-31T12:00:00+02:00', time: Date.UTC(2030, 0, 31, 10) },
    { text: '2030-01-31T23:59:59-11:30', time: Date.UTC(2030, 1, 1, 11, 29, 59) },
    { text: '2028-02-29T00:00:00Z', time: Date.UTC(2028, 1, 29) },
    { text: '1970-01-01T00:00:00Z', time: 0 },
  ])('$text', ({ text, time }) => {
    expect(compileDateTime(text)).toBe(time)
  })

  test.each([
    { name: 'a day alone', value: '2030-01-31' },
    { name: 'a time without its offset', value: '2030-01-31T12:00:00' },
    { name: 'a time without seconds', value: '2030-01-31T12:00Z' },
    { name: 'a space for the T', value: '2030-01-31 12:00:00Z' },
    { name: 'the 29th of February of another year', value: '2030-02-29T12:00:00Z' },
    { name: 'the day before the first', value: '2030-01-00T12:00:00Z' },
    { name: 'a thirteenth month', value: '2030-13-01T12:00:00Z' },
    { name: 'a month before the first', value: '2030-00-10T12:00:00Z' },
    { name: 'an hour after the last', value: '2030-01-31T24:00:00Z' },
    { name: 'a leap second', value: '2030-12-31T23:59:60Z' },
    { name: 'an offset that is none', value: '2030-01-31T12:00:00+0200' },
    { name: 'words', value: 'tomorrow' },
    { name: 'a line end behind it', value: '2030-01-31T12:00:00Z\n' },
    { name: 'nothing', value: '' },
    { name: 'a number', value: 1_900_000_000 },
    { name: 'nothing of a file', value: null },
  ])('is not $name', ({ value }) => {
    expect(faultOf(() => compileDateTime(value as string))).toEqual({
      code: 'ERR_POSTERN_POLICY',
      path: [],
      message: `${JSON.stringify(value)} is not a point in time`,
      fix: 'Write a day, a time and an offset as RFC 3339 has them: 2030-01-31T12:00:00Z.',
    })
  })

  test('may be a Date, and not an invalid one', () => {
    expect(compileDateTime(new Date(7))).toBe(7)
    expect(faultOf(() => compileDateTime(new Date('never'))).message).toBe('an invalid Date is not a point in time')
  })

  test('may be left out', () => {
    expect(compileDateTime(undefined)).toBeUndefined()
  })

  test('is what a program wrote, whatever it is', () => {
    const dates = fc.date({ min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
    fc.assert(
      fc.property(dates, (date) => {
        expect(compileDateTime(date.toISOString())).toBe(date.getTime())
      }),
      { interruptAfterTimeLimit: 500 },
    )
  })
})
