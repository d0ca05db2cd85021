/** The token by which this process is known to the API server: a file that the kubelet writes anew before the token's hour is over. */

export interface OwnToken {
  /** Costs a small read once a minute at the most. */
  current(): string
  /** Reads the file now, after a 401. @returns whether it holds another token than before */
  renew(): boolean
}

/** The kubelet replaces a token when a fifth of its life is left, so that one read a minute ago still counts. */
const READ_AGAIN_MILLISECONDS = 60_000

/**
 * @param first what the file held when the policy was compiled
 * @param read the file's token; what it throws leaves the token of before in use: a file in the middle of its replacement says nothing
 * @param elapsed milliseconds, monotonic
 */
export function createOwnToken(first: string, read: () => string, elapsed: () => number): OwnToken {
  let token = first
  let readAt = elapsed()
  const renew = (): boolean => {
    const before = token
    readAt = elapsed()
    try {
      token = read()
    } catch {
      return false
    }
    return token !== before
  }
  return {
    current() {
      if (elapsed() - readAt >= READ_AGAIN_MILLISECONDS) renew()
      return token
    },
    renew,
  }
}
