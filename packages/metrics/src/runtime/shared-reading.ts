/** One reading that feeds several families, which stand or fall together. */

/**
 * The `collect` of every family that `read` feeds. In one scrape the first to be called takes the reading and the others wait for the
 * same one, so that it is taken once, and when it fails the scrape leaves out all of them: none is shown with a value of before.
 * Scrapes at the same time share a reading too.
 */
export function shareReading(read: () => void | Promise<void>): () => Promise<void> {
  let reading: Promise<void> | undefined
  return () => {
    // Forgotten in a microtask at the earliest, and a registry starts every collect of a scrape before the first of those.
    reading ??= (async () => read())().finally(() => {
      reading = undefined
    })
    return reading
  }
}
