/** Whether a chain is free of revoked certificates, by the lists of its authorities. */
import type { ClientCertificate } from '../request.ts'
import { fingerprintText } from '../tls/peer.ts'
import type { RevocationList } from '../tls/revocation-list.ts'

/** What becomes of certificates whose authority's list is past its day, or not yet of it. */
export type ExpiredList = 'refuse' | 'warn'

export interface Revocation {
  /** False for a certificate that is revoked, and for one of which nothing can be said. Costs a look-up for each certificate of the chain. */
  isGood(certificate: ClientCertificate, now: number): boolean
  /** Faults of today. */
  readonly warnings: readonly string[]
}

/** @param lists of one authority the newest counts @param warn hears once of each list that is found past its day */
export function createRevocation(
  lists: readonly RevocationList[],
  expired: ExpiredList,
  now: number,
  warn: (message: string) => void,
): Revocation {
  const newest = new Map<string, RevocationList>()
  for (const list of lists) {
    const issuer = fingerprintText(list.authority.fingerprint256)
    const known = newest.get(issuer)
    if (!known || list.thisUpdate > known.thisUpdate) newest.set(issuer, list)
  }
  const told = new Set<RevocationList>()
  /** What is to be said of a list, once. */
  const complain = (list: RevocationList, at: number): string[] => {
    if (told.has(list) || isOfItsDays(list, at)) return []
    told.add(list)
    const { file, thisUpdate, nextUpdate } = list
    const [word, day] = at < thisUpdate ? ['speaks only from', thisUpdate] : ['ended on', nextUpdate]
    const then = expired === 'warn' ? 'is used all the same' : 'lets none of the certificates of its authority in'
    return [`the revocation list in "${file}" ${word} ${new Date(day).toISOString()} and ${then}: fetch a new one`]
  }
  return {
    warnings: [...newest.values()].flatMap((list) => complain(list, now)),
    isGood({ issuers, serialNumbers }, at) {
      return issuers.every((issuer, index) => {
        const list = newest.get(issuer)
        const serial = serialNumbers[index]
        if (list === undefined || !serial) return false
        complain(list, at).forEach(warn)
        return !list.revoked.has(serial) && (expired === 'warn' || isOfItsDays(list, at))
      })
    },
  }
}

const isOfItsDays = ({ thisUpdate, nextUpdate }: RevocationList, at: number): boolean => at >= thisUpdate && at <= nextUpdate
