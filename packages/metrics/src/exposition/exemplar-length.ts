/** How long an exemplar may be (OpenMetrics 1.0, "Exemplars"). */

/** Of all names and values together: code points, so that a parser of any language counts alike. */
export const MAX_EXEMPLAR_CHARACTERS = 128

/** Whether the names and values have more than those. Stops counting there, however long they are. */
export function isExemplarTooLong(labels: Iterable<readonly [name: string, value: string]>): boolean {
  let left = MAX_EXEMPLAR_CHARACTERS
  for (const label of labels) {
    for (const text of label) {
      for (let at = 0; at < text.length; left -= 1) {
        if (left === 0) return true
        at += (text.codePointAt(at) as number) > 0xffff ? 2 : 1
      }
    }
  }
  return false
}
