/** Reads a scrape back, so that no engine is timed for lines it left out. */

/**
 * @typedef {object} Summary
 * @property {number} lines sample lines
 * @property {number} sum of all their values
 * @property {number} bytes of the whole body
 */

/** @typedef {string | Uint8Array | Uint8Array[]} Body as an engine has it when it can be sent */

/** @param {Body} body in the text format, ASCII, without timestamps @returns {Summary} */
export function summarize(body) {
  const text = typeof body === 'string' ? body : Buffer.concat(Array.isArray(body) ? body : [body]).toString('latin1')
  let lines = 0
  let sum = 0
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf('\n', start)
    const end = found === -1 ? text.length : found
    if (end > start && text.charCodeAt(start) !== 0x23) {
      lines += 1
      sum += Number(text.slice(text.lastIndexOf(' ', end) + 1, end))
    }
    start = end + 1
  }
  return { lines, sum, bytes: text.length }
}

/**
 * @param {Summary} actual @param {{ lines: number, sum: number }} expected @param {string} what
 * @throws {Error} when the scrape does not show what was counted
 */
export function verify(actual, expected, what) {
  // Sums are of multiples of 1/1024, so they are exact but for engines that print rounded ones; none does.
  if (actual.lines !== expected.lines || actual.sum !== expected.sum) {
    throw new Error(`${what}: the scrape shows ${actual.lines} lines and a sum of ${actual.sum}, not ${expected.lines} and ${expected.sum}`)
  }
}
