/** Signature algorithms of tokens (RFC 7518, 3.1; RFC 8037; RFC 9864) and the keys that each takes. None is symmetric, none is `none`. */

interface KeyKind {
  readonly kty: 'RSA' | 'EC' | 'OKP'
  /** Undefined for RSA, which has no curves. */
  readonly crv: string | undefined
}

const RSA: KeyKind = { kty: 'RSA', crv: undefined }
const ED25519: KeyKind = { kty: 'OKP', crv: 'Ed25519' }

export type Algorithm = 'RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA' | 'Ed25519'

export const ALGORITHMS: Readonly<Record<Algorithm, KeyKind>> = {
  RS256: RSA,
  RS384: RSA,
  RS512: RSA,
  PS256: RSA,
  PS384: RSA,
  PS512: RSA,
  ES256: { kty: 'EC', crv: 'P-256' },
  ES384: { kty: 'EC', crv: 'P-384' },
  ES512: { kty: 'EC', crv: 'P-521' },
  EdDSA: ED25519,
  Ed25519: ED25519,
}

export function isAlgorithm(name: unknown): name is Algorithm {
  return typeof name === 'string' && Object.hasOwn(ALGORITHMS, name)
}
