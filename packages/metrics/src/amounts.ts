/** What numbers of the outside can be: a parser of OpenMetrics refuses a whole scrape for one that its place cannot have. */

/** Whether a value can be that of a counter. */
export function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0
}

/** Whether a value can be a number of observations. */
export function isCount(value: unknown): value is number {
  return isAmount(value) && Number.isInteger(value)
}
