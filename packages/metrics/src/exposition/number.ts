/** Numbers as the formats want them: sample values in the shortest form, bucket bounds in the one canonical form of OpenMetrics. */

/** A sample value. Digits are the shortest that read back to the same double; minus zero is `0`, as in Go. */
export function formatValue(value: number): string {
  if (value === Infinity) return '+Inf'
  if (value === -Infinity) return '-Inf'
  return String(value)
}

/**
 * A `le` bound for OpenMetrics, which names exactly one spelling per number: Go's `strconv.FormatFloat(v, 'g', -1, 64)`,
 * with `.0` where neither a point nor an exponent shows that it is a float (OpenMetrics 1.0, "Considerations: Canonical Numbers").
 */
export function formatCanonical(value: number): string {
  if (!Number.isFinite(value)) return formatValue(value)
  const scientific = value.toExponential()
  const mark = scientific.indexOf('e')
  const exponent = Number(scientific.slice(mark + 1))
  if (exponent >= -4 && exponent < 6) {
    const plain = String(value)
    return plain.includes('.') ? plain : `${plain}.0`
  }
  const digits = String(Math.abs(exponent)).padStart(2, '0')
  return `${scientific.slice(0, mark)}e${exponent < 0 ? '-' : '+'}${digits}`
}
