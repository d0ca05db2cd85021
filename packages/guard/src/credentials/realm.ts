/** The realm of a challenge: which secret is asked for, in words. */

import { policyError } from '../errors.ts'
import { isRealm } from './challenge.ts'

const DEFAULT_REALM = 'metrics'

/** @throws {PosternError} ERR_POSTERN_POLICY for one that a quoted string cannot hold. */
export function compileRealm(realm: string | undefined): string {
  if (realm === undefined) return DEFAULT_REALM
  if (typeof realm === 'string' && isRealm(realm)) return realm
  throw policyError(
    'ERR_POSTERN_POLICY',
    'the realm is empty, longer than 64 characters, or holds a quote, a backslash or a character beyond ASCII',
    {
      path: ['realm'],
      fix: `Write a short name like ${DEFAULT_REALM}.`,
    },
  )
}
