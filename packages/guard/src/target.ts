/** A request target read in exactly one way, or not at all: two programs that read a path differently are how guards are passed. */

export interface Target {
  /** Begins with a slash; compares byte for byte. */
  readonly path: string
  /** With its question mark, or empty. */
  readonly query: string
}

const MAX_LENGTH = 8192

/**
 * Path segments of characters that mean themselves. No percent signs: an encoded letter, slash or dot is another path to
 * someone, and no metrics path needs one. No semicolons: some servers cut there. No empty segments: some servers merge them.
 */
const PATH = /^(?:\/[A-Za-z0-9._~!$&'()*+,=:@-]+)*\/?$/
const DOT_SEGMENT = /\/\.{1,2}(?:\/|$)/
/** Visible ASCII but what ends, quotes or restarts a target somewhere. */
const QUERY = /^(?:\?[!$-;=?-[\]_a-z{|}~]*)?$/

/** Reads an origin-form target (RFC 9112, 3.2.1); undefined for any other form and for any that two readers could take differently. */
export function parseTarget(text: string): Target | undefined {
  if (text.length > MAX_LENGTH || !text.startsWith('/')) return undefined
  const mark = text.indexOf('?')
  const path = mark < 0 ? text : text.slice(0, mark)
  const query = mark < 0 ? '' : text.slice(mark)
  if (!PATH.test(path) || DOT_SEGMENT.test(path) || !QUERY.test(query)) return undefined
  return { path, query }
}
