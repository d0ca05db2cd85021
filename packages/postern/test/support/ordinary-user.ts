/** Root may read everything, and a test of what may not be read must not be root for that long. */

/** Runs `act` as a user who owns nothing. Undefined where this process can neither become one nor is one. */
export function asOrdinaryUser<T>(act: () => T): T | undefined {
  if (process.geteuid?.() !== 0) return act()
  try {
    process.seteuid?.(NOBODY)
  } catch {
    return undefined
  }
  try {
    return act()
  } finally {
    process.seteuid?.(0)
  }
}

const NOBODY = 65_534
