/** The word that somebody meant who wrote another one. Pure. */

/** The word at most two letters away; else the only one that begins like `written`, or that `written` begins with. */
export function nearest(written: string, words: readonly string[]): string | undefined {
  const near = words
    .map((word) => ({ word, distance: editDistance(written, word) }))
    .filter(({ word, distance }) => distance <= 2 && distance < Math.min(word.length, written.length))
    .toSorted((a, b) => a.distance - b.distance)[0]
  if (near) return near.word
  // Of several that begin alike nobody knows which was meant, and one of them may open what another one closes.
  const alike = written.length < 2 ? [] : words.filter((word) => word.startsWith(written) || written.startsWith(word))
  return alike.length === 1 ? alike[0] : undefined
}

/** Letters to insert, take out or replace (Levenshtein). Cost: the product of both lengths. */
function editDistance(from: string, to: string): number {
  const letters = Array.from(to)
  let above = Array.from({ length: letters.length + 1 }, (_, index) => index)
  for (const [row, letter] of Array.from(from).entries()) {
    const current = [row + 1]
    for (const [column, wanted] of letters.entries()) {
      const replaced = (above[column] ?? 0) + (letter === wanted ? 0 : 1)
      current.push(Math.min(replaced, (above[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1))
    }
    above = current
  }
  return above.at(-1) ?? 0
}
