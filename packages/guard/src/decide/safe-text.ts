/** Text of strangers, made fit for a log line and a metric's label. */

/** Control and format characters (line ends, terminal escapes, marks that turn the direction of writing), and halves of characters. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u
const EACH_UNSAFE = new RegExp(UNSAFE, 'gu')

/**
 * The text itself where it is short and harmless, which costs a look at each character and no copy; else the first `max` characters
 * of it, with U+FFFD for each that is not, and an ellipsis where some are missing.
 */
export function safeText(text: string, max: number): string {
  if (text.length <= max && !UNSAFE.test(text)) return text
  const cut = text.length > max ? `${text.slice(0, max)}…` : text
  return cut.replace(EACH_UNSAFE, '\ufffd')
}
