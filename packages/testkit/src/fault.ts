/** What a refused configuration says, whole: each test of a refusal compares all of it. */
import { PosternError, type SourcePlace } from '@postern/guard'

export interface Fault {
  readonly code: string
  readonly path: readonly (string | number)[]
  readonly message: string
  readonly fix: string
  readonly source?: SourcePlace
}

/** @throws when `act` does not throw, or throws anything but a PosternError */
export function faultOf(act: () => unknown): Fault {
  try {
    act()
  } catch (error) {
    return describeFault(error)
  }
  throw new Error('nothing was refused')
}

/** For a promise, in `await promise.catch(describeFault)`. */
export function describeFault(error: unknown): Fault {
  if (!(error instanceof PosternError)) throw error
  const { code, path, message, fix, source } = error
  return { code, path, message, fix, ...(source === undefined ? {} : { source }) }
}
