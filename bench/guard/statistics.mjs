/** What the guard's benches make of many measurements of a noisy machine. */

/** @param {readonly number[]} values @param {number} share 0.5 for the median @returns {number} NaN of nothing */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

/**
 * How well one measurement tells whether it is of `one` or of `other`: 0.5 is a coin, 1 is certainty. Which of both is the larger does
 * not matter to whoever guesses.
 * @param {readonly number[]} one @param {readonly number[]} other
 */
export function separability(one, other) {
  let wins = 0
  for (const value of one) for (const against of other) wins += value > against ? 1 : value === against ? 0.5 : 0
  const area = wins / (one.length * other.length)
  return Math.max(area, 1 - area)
}

/** In place, each order as likely. @template T @param {T[]} list @returns {T[]} */
export function shuffle(list) {
  for (let last = list.length - 1; last > 0; last -= 1) {
    const index = Math.floor(Math.random() * (last + 1))
    ;[list[last], list[index]] = [/** @type {T} */ (list[index]), /** @type {T} */ (list[last])]
  }
  return list
}

/** @param {string} option @param {string} text @param {number} least @param {number} most */
export function readNumber(option, text, least, most) {
  const number = Number(text)
  if (Number.isInteger(number) && number >= least && number <= most) return number
  console.error(`--${option} ${text}: write a whole number from ${least} to ${most}.`)
  return process.exit(2)
}
