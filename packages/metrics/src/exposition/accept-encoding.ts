/** Which content coding answers an Accept-Encoding header (RFC 9110, 12.5.3). */
import * as nodeZlib from 'node:zlib'
import { parseWeightedList } from './weighted-list.ts'

/** A coding this package can produce, by its registered name. */
export type ContentCoding = 'gzip' | 'zstd'

/** RFC 9110, 8.4.1.3: the same coding by its older name. */
const GZIP_ALIAS = 'x-gzip'

/**
 * The coding the client weighs highest; of equals the one that comes first in `offered`, and `identity` last. A coding the client does
 * not name is not sent, unless a `*` stands for it. Of a coding that is there twice the first entry counts.
 *
 * Without a header the answer is `identity`, although everything would be allowed: who asks for nothing may be a person with netcat.
 * It is `identity` as well when nothing is acceptable, even `identity;q=0`: RFC 9110 lets a server disregard the header, and a body
 * that can be read serves the client better than a 406.
 * @param offered What the server would use, best first; see {@link offeredEncodings}.
 */
export function negotiateEncoding(header: string | undefined, offered: readonly ContentCoding[]): ContentCoding | 'identity' {
  const weights = new Map<string, number>()
  for (const { name, weight } of parseWeightedList(header ?? '')) {
    const coding = name === GZIP_ALIAS ? 'gzip' : name
    if (!weights.has(coding)) weights.set(coding, weight)
  }
  const others = weights.get('*') ?? 0
  let best: ContentCoding | 'identity' = 'identity'
  let bestWeight = 0
  for (const coding of offered) {
    const weight = weights.get(coding) ?? others
    if (weight > bestWeight) {
      best = coding
      bestWeight = weight
    }
  }
  // Unnamed, identity is allowed but not asked for: whatever is asked for wins.
  return (weights.get('identity') ?? others) > bestWeight ? 'identity' : best
}

const BOTH: readonly ContentCoding[] = Object.freeze(['zstd', 'gzip'])
const GZIP_ONLY: readonly ContentCoding[] = Object.freeze(['gzip'])

/**
 * The codings this Node.js can produce, best first. Zstandard came with 22.15 and 23.8.
 * @param zlib `node:zlib`, or what stands in for that of another version.
 */
export function offeredEncodings(zlib: object = nodeZlib): readonly ContentCoding[] {
  return 'createZstdCompress' in zlib && typeof zlib.createZstdCompress === 'function' ? BOTH : GZIP_ONLY
}
