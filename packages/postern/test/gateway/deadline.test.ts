import { describe, expect, test } from 'vitest'
import { scrapeDeadline } from '../../src/gateway/deadline.ts'

describe('the time of a scrape', () => {
  test.each([
    { name: 'is what the scraper waits, less half a second', header: '10', seconds: 9.5 },
    { name: 'is half of what the scraper waits, when that is less than a second', header: '0.5', seconds: 0.25 },
    { name: 'reads decimals', header: '29.750000', seconds: 29.25 },
    { name: 'has an end, whatever a client says', header: '999999', seconds: 119.5 },
    { name: 'is at least a millisecond', header: '0.000000001', seconds: 0.001 },
    { name: "is Prometheus' own default where a client does not say", header: undefined, seconds: 9.5 },
    { name: 'is the default for zero', header: '0', seconds: 9.5 },
    { name: 'is the default for nothing', header: '', seconds: 9.5 },
    { name: 'is the default for a sign', header: '-5', seconds: 9.5 },
    { name: 'is the default for an exponent', header: '1e3', seconds: 9.5 },
    { name: 'is the default for a word', header: 'Infinity', seconds: 9.5 },
    { name: 'is the default for two values', header: '5, 6', seconds: 9.5 },
    { name: 'is the default for more digits than a time has', header: '1'.repeat(400), seconds: 9.5 },
  ])('$name', ({ header, seconds }) => {
    expect(scrapeDeadline(header, 0)).toBe(seconds)
  })

  test.each([
    { spent: 0.25, left: 9.25 },
    { spent: 9.499, left: 0.001 },
    { spent: 20, left: 0.001 },
  ])('is shorter by the $spent s that were spent before', ({ spent, left }) => {
    expect(scrapeDeadline('10', spent)).toBeCloseTo(left, 3)
  })
})
