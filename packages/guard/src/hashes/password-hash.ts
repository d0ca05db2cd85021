/** What every kind of password hash is once it has been read, and how a text that is none is told. */
import { type PosternError, policyError, type SourcePlace } from '../errors.ts'

export interface PasswordHash {
  readonly kind: 'bcrypt' | 'argon2id' | 'scrypt' | 'apr1' | 'sha1'
  /** Exactly as written. */
  readonly text: string
  /** The kind with all parameters that time depends on: hashes of one work take equally long to check, whatever the password. */
  readonly work: string
  /** Roughly the milliseconds of one core that a check takes: good for bounds, and for no comparison between kinds. */
  readonly milliseconds: number
  /** What is wrong with this kind though it is accepted, in words that follow "it is"; undefined for a kind that is good today. */
  readonly weakness: string | undefined
  /** A hash of the same work that no password is known for. */
  decoy(): PasswordHash
  /** True when `password` made this hash. Keeps nothing of the password. */
  verify(password: string): Promise<boolean>
}

/** Whose hash is read from where, for the error. */
export interface HashPlace {
  readonly user?: string
  /** Of the text in its file. */
  readonly source?: SourcePlace
}

export const MAKE_ONE = 'Make one with: postern hash, or htpasswd -B'

/** @param predicate what the hash is, after its subject; it never holds any of the text that was read. */
export function hashError({ user, source }: HashPlace, predicate: string, fix: string): PosternError {
  const subject = user !== undefined && isShowable(user) ? `the hash of ${JSON.stringify(user)}` : 'this'
  return policyError('ERR_POSTERN_HASH', `${subject} ${predicate}`, { fix, source })
}

/** A name that is a hash, or longer than names are, may be the secret in the wrong place. */
export const isShowable = (user: string): boolean => user.length <= 64 && !/[${}]/.test(user)
