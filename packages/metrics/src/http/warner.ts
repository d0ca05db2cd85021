/** Troubles of an instrumentation, told once each: it must not flood a log, and it must not be silent. */
import { quote } from '../names.ts'

export interface Warner {
  (kind: string, message: string): void
  /** For what should not have thrown: `deed` is what was being done, and the kind. */
  fault(deed: string, error: unknown): void
}

/** What `tell` throws is dropped: there is nobody left to tell. */
export function createWarner(tell: (message: string) => void): Warner {
  const told = new Set<string>()
  const warn = (kind: string, message: string): void => {
    if (told.has(kind)) return
    told.add(kind)
    try {
      tell(message)
    } catch {
      // The application must not feel it.
    }
  }
  const fault = (deed: string, error: unknown): void => {
    const reason = error instanceof Error ? error.message : quote(error)
    warn(deed, `HTTP metrics failed to ${deed}: ${reason}. The request itself goes on; mend the function named, or report it.`)
  }
  return Object.assign(warn, { fault })
}
