/** The line whose indentation fits no other: what most faults of a YAML parser come from, told as a person would. Pure. */

export interface Misindented {
  /** From 1, like the columns. */
  readonly line: number
  readonly column: number
  /** Where the lines around it start. */
  readonly around: number
}

/** A key or an item of a list. What else there is (a text that goes on, a list in brackets) may start anywhere. */
const STARTS = /^(?:-(?: |$)|["'\w][^[{]*:(?: |$))/
const ITEM = /^- +/
/** Nothing behind the key, the dash or the sign of a block: deeper lines follow. */
const OPENS = /(?::|^-|[ -]-|[|>][-+\d]*)(?: +[&!]\S+)?(?: +#.*)?$/

/** The first such line of `text`; undefined where every line fits. */
export function findMisindented(text: string): Misindented | undefined {
  const open: number[] = []
  let opened = true
  let first = 0
  for (const [index, whole] of text.split(/\r?\n/).entries()) {
    const content = whole.trimStart()
    if (!STARTS.test(content)) continue
    const line = index + 1
    const column = whole.length - content.length + 1
    first ||= line
    const above = open.at(-1) ?? 0
    if (column > above && !opened) return { line, column, around: above }
    let sibling = above
    while ((open.at(-1) ?? 0) > column) sibling = open.pop() ?? above
    const outer = open.at(-1)
    if (sibling > column && outer !== column) {
      // Everything stands left of the first line: then that one is the stranger.
      return outer === undefined ? { line: first, column: sibling, around: column } : { line, column, around: sibling }
    }
    if (outer !== column) open.push(column)
    // Behind a dash the item itself may be a list or a mapping, and has a column of its own.
    let inner = content
    for (let dash = ITEM.exec(inner); dash; dash = ITEM.exec(inner)) {
      inner = inner.slice(dash[0].length)
      if (STARTS.test(inner)) open.push(column + content.length - inner.length)
    }
    opened = OPENS.test(content)
  }
  return undefined
}
