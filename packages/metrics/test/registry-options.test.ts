import { createRegistry, type RegistryOptions } from '@postern/metrics'
import { expect, test } from 'vitest'

const AT_LEAST_1 = 'which is not a number of at least 1. Write one, or leave it out.'
const AT_LEAST_0 = 'which is not a number of at least 0. Write one, or leave it out.'
const NO_FUNCTION = 'which is no function. Pass one, or leave it out.'
const NO_LABELS = "which is no object of labels. Write them like { app: 'shop' }."

test.each([
  { options: { maxSeries: Number.NaN }, error: new RangeError(`The registry has maxSeries NaN, ${AT_LEAST_1}`) },
  { options: { maxSeries: 0 }, error: new RangeError(`The registry has maxSeries 0, ${AT_LEAST_1}`) },
  { options: { maxScrapesInFlight: '5' }, error: new TypeError(`The registry has maxScrapesInFlight "5", ${AT_LEAST_1}`) },
  { options: { keptBytes: -1 }, error: new RangeError(`The registry has keptBytes -1, ${AT_LEAST_0}`) },
  { options: { sliceMilliseconds: null }, error: new TypeError(`The registry has sliceMilliseconds null, ${AT_LEAST_0}`) },
  { options: { collectTimeoutMilliseconds: 0 }, error: new RangeError(`The registry has collectTimeoutMilliseconds 0, ${AT_LEAST_1}`) },
  { options: { now: 5 }, error: new TypeError(`The registry has now 5, ${NO_FUNCTION}`) },
  { options: { wallClock: null }, error: new TypeError(`The registry has wallClock null, ${NO_FUNCTION}`) },
  { options: { onCollectError: 'log' }, error: new TypeError(`The registry has onCollectError "log", ${NO_FUNCTION}`) },
  { options: { defaultLabels: null }, error: new TypeError(`The registry has defaultLabels null, ${NO_LABELS}`) },
  { options: { defaultLabels: 'shop' }, error: new TypeError(`The registry has defaultLabels "shop", ${NO_LABELS}`) },
  { options: { defaultLabels: ['app'] }, error: new TypeError(`The registry has defaultLabels an array, ${NO_LABELS}`) },
])('refuses the option $options', ({ options, error }) => {
  const create = (): unknown => createRegistry(options as unknown as RegistryOptions)
  expect(create).toThrow(error)
  expect(create).toThrow(error instanceof RangeError ? RangeError : TypeError)
})

test('takes the least that each limit may be, and none at all', () => {
  const least = { maxSeries: 1, maxScrapesInFlight: 1, keptBytes: 0, sliceMilliseconds: 0, collectTimeoutMilliseconds: 1 }
  expect(createRegistry(least).options).toEqual({ ...least, defaultLabels: {} })
  expect(() => createRegistry({ maxSeries: Infinity, keptBytes: undefined } as unknown as RegistryOptions)).not.toThrow()
})
