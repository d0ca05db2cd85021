/** Says, once for each change, that the API server cannot be asked, and that it can be again. */
import type { GuardEvent } from '../events.ts'

/** @param review the kind that was asked for @returns what `createReviews` tells its changes to */
export function tellChanges(
  credential: string,
  review: string,
  url: string,
  tell: (event: GuardEvent) => void,
): (why: string | undefined) => void {
  return (why) =>
    tell(
      why === undefined
        ? { type: 'authority', credential, state: 'recovered', message: `${url} answers to ${review} again` }
        : { type: 'authority', credential, state: 'unavailable', message: `${url}, asked for a ${review}, ${why}` },
    )
}
