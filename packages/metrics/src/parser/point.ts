/** What the rules remember of one metric point: the samples of one label set at one time. */

/** What a sample is to its family. A number, so that those a point has are one set of bits. */
export const ROLE = { value: 1, total: 2, created: 4, bucket: 8, sum: 16, count: 32, quantile: 64, state: 128 } as const
export type Role = (typeof ROLE)[keyof typeof ROLE]

export class Point {
  /** Offset and line of its first sample. */
  readonly at: number
  readonly line: number
  readonly timestamp: number | undefined
  readonly timestampText: string
  /** The roles seen, as bits. */
  roles = 0
  /** The last `le` or `quantile`. */
  bound: number = Number.NaN
  /** The value of the last bucket, and where that sample is. */
  bucketValue = 0
  bucketAt = 0
  hasNegativeBound = false
  sum = 0
  sumAt = 0
  count = 0
  countAt = 0
  /** Quantiles or states, where they come in any order. */
  seen: Set<string | number> | undefined = undefined

  constructor(at: number, line: number, timestamp: number | undefined, timestampText: string) {
    this.at = at
    this.line = line
    this.timestamp = timestamp
    this.timestampText = timestampText
  }

  has(role: Role): boolean {
    return (this.roles & role) !== 0
  }
}
