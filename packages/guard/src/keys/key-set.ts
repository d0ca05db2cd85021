/** A JWK set (RFC 7517): the public keys of an issuer, from text to keys that verify. Pure. */
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { ALGORITHMS, type Algorithm } from './algorithms.ts'

export interface KeySet {
  /** True when a key has this id. An id is compared and nothing else: it is no path and no address. */
  knows(kid: string): boolean
  /**
   * The key with this id that verifies `algorithm`; where a token names no id, the only key there is for the algorithm.
   * Undefined when there is none, and when there are several: which one is meant must not be a guess.
   */
  find(kid: string | undefined, algorithm: Algorithm): KeyObject | undefined
}

/** The message follows the name of what was read: `holds no key …`. */
export class KeySetError extends Error {}

interface VerifyingKey {
  readonly kid: string | undefined
  readonly algorithms: readonly string[]
  readonly key: KeyObject
}

/** RFC 7518, 3.3: shorter ones must not be used. */
const MIN_RSA_BITS = 2048

/** Members that make a key one to sign with: of RSA, EC and OKP, of symmetric keys, of ML-DSA. */
const SECRET_MEMBERS = ['d', 'k', 'priv']

/**
 * Reads a set. Keys for other uses and of other kinds are passed over, as RFC 7517, 5 asks.
 * @throws {KeySetError} for what is no set, for one without a key that verifies, and for one that holds what signs: its owner has to
 * know, and whoever read it could make tokens.
 */
export function parseKeySet(text: string): KeySet {
  const members = membersOf(text)
  if (members.some((jwk) => SECRET_MEMBERS.some((member) => Object.hasOwn(jwk, member)))) {
    throw new KeySetError('holds a private or symmetric key, and whoever reads it can sign')
  }
  const keys = members.flatMap((jwk) => readKey(jwk))
  if (keys.length === 0) throw new KeySetError('holds no public key that could verify a token')
  const byId = new Map<string, VerifyingKey[]>()
  for (const key of keys) if (key.kid !== undefined) byId.set(key.kid, [...(byId.get(key.kid) ?? []), key])
  return {
    knows: (kid) => byId.has(kid),
    find(kid, algorithm) {
      const named = kid === undefined ? keys : (byId.get(kid) ?? [])
      const [key, ...others] = named.filter(({ algorithms }) => algorithms.includes(algorithm))
      return others.length === 0 ? key?.key : undefined
    },
  }
}

function membersOf(text: string): readonly JsonWebKey[] {
  const parsed = parseJson(text)
  const keys = isObject(parsed) ? parsed['keys'] : undefined
  if (Array.isArray(keys) && keys.every(isObject)) return keys
  throw new KeySetError('is no JWK set: a JSON object with a list "keys" of objects')
}

/** One key or none. */
function readKey(jwk: JsonWebKey): VerifyingKey[] {
  const { kty, crv, alg, use, kid, key_ops: operations } = jwk
  if (use !== undefined && use !== 'sig') return []
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return []
  if (kid !== undefined && typeof kid !== 'string') return []
  const algorithms = Object.entries(ALGORITHMS)
    .filter(([name, kind]) => kind.kty === kty && (kind.crv === undefined || kind.crv === crv) && (alg === undefined || alg === name))
    .map(([name]) => name)
  const key = algorithms.length === 0 ? undefined : toPublicKey(jwk)
  return key === undefined ? [] : [{ kid, algorithms, key }]
}

function toPublicKey(jwk: JsonWebKey): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' })
    // Undefined for what is not RSA.
    const bits = key.asymmetricKeyDetails?.modulusLength
    return bits !== undefined && bits < MIN_RSA_BITS ? undefined : key
  } catch {
    return undefined
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
