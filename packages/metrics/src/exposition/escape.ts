/** Outside text made safe to stand in an exposition. A value that is not escaped here is a way to forge lines. */

/** In `u` mode only surrogates without a partner match. They have no UTF-8 form, and one of them fails the whole scrape. */
const LONE_SURROGATE = /\p{Surrogate}/gu
const NEEDS_CARE = /[\\"\n\ud800-\udfff]/

/** A label value between its quotes, the same in both formats. NUL, CR and tabs are legal there and stay. */
export function escapeLabelValue(value: string): string {
  if (!NEEDS_CARE.test(value)) return value
  return escapeQuotedText(value)
}

/** The value that {@link escapeLabelValue} made this from, but for lone surrogates. */
export function unescapeLabelValue(escaped: string): string {
  if (!escaped.includes('\\')) return escaped
  return escaped.replace(/\\(.)/gs, (_, character: string) => (character === 'n' ? '\n' : character))
}

/** HELP in text 0.0.4, where a quote is an ordinary character and `\"` would be read as two. */
export function escapeTextHelp(help: string): string {
  return escapeCommon(help)
}

/** HELP in OpenMetrics, where quotes are escaped as well. */
export function escapeOpenMetricsHelp(help: string): string {
  return escapeQuotedText(help)
}

function escapeQuotedText(text: string): string {
  return escapeCommon(text).replaceAll('"', '\\"')
}

/** Text that has a UTF-8 form: half a character becomes U+FFFD. */
export function replaceLoneSurrogates(text: string): string {
  return text.replace(LONE_SURROGATE, '\ufffd')
}

/** The backslash goes first, or it would escape the escapes. */
function escapeCommon(text: string): string {
  return replaceLoneSurrogates(text).replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}
