/**
 * Keys of exponential buckets: which bucket of a native histogram a number falls into, and where that bucket ends.
 *
 * At schema `s` the bucket `k` takes (2^((k−1)/2^s), 2^(k/2^s)]. Keys are computed at schema 8, the finest, and shifted to the
 * wanted one: every bound of a coarser schema is one of schema 8, so the shift rounds to the very bucket a search would find.
 * A *shift* here is `8 − schema`, 0 to 12.
 */

export const FINEST_SCHEMA = 8
export const COARSEST_SCHEMA = -4

/**
 * 2^(2^−i) at index i − 1, the factors from which the bounds are multiplied together. The bounds are the doubles client_golang
 * and the server carry in their tables, which are up to 4 ulp off the true powers: a value between the two must count where the
 * server thinks it does. Their square root of two is one ulp too low.
 */
const FACTORS = [
  Math.SQRT2 - 2 ** -52,
  1.189207115002721,
  1.0905077326652577,
  1.0442737824274138,
  1.0218971486541166,
  1.0108892860517005,
  1.0054299011128027,
  1.0027112750502025,
]

/** Buckets per power of two at schema 8. */
const PER_OCTAVE = 256

const TWO_TO_32 = 2 ** 32
const TWO_TO_52 = 2 ** 52
const TWO_TO_54 = 2 ** 54
const MIN_NORMAL = 2 ** -1022

/** The bounds from 1 to below 2 at schema 8, ascending. */
const BOUNDS = Float64Array.from(layOutBounds())

/** The 52 bits behind the point of each bound, as an integer; one more, above all mantissas, ends every search. */
const MANTISSAS = Float64Array.from([...BOUNDS, 2], (bound) => (bound - 1) * TWO_TO_52)

/** For the upper 8 bits of a mantissa, the first bound that may be at or above it. At most two bounds are then below it. */
const FIRST = Uint16Array.from({ length: PER_OCTAVE }, (_, cell) =>
  MANTISSAS.findIndex((mantissa) => mantissa >= cell * (TWO_TO_52 / PER_OCTAVE)),
)

// One number seen as its bits. Shared by all calls: nothing between a write and its reads can run anything else.
const NUMBER = new Float64Array(1)
const WORDS = new Uint32Array(NUMBER.buffer)
NUMBER[0] = 1
/** The word with sign, exponent and upper mantissa: 1 on little-endian machines. */
const HIGH = WORDS[1] === 0 ? /* v8 ignore next: no big-endian machine runs the tests */ 0 : 1
const LOW = 1 - HIGH

/**
 * The bucket of a magnitude: above zero, subnormal or infinite too. Infinity has the key after that of the largest number, as in
 * client_golang. Exact, allocates nothing, some 10 ns.
 */
export function keyOf(magnitude: number, shift: number): number {
  if (magnitude === Infinity) return keyOf(Number.MAX_VALUE, shift) + 1
  let exponent = -1023
  if (magnitude < MIN_NORMAL) {
    // Scaling by a power of two is exact here, and gives a subnormal the leading bit that others have.
    NUMBER[0] = magnitude * TWO_TO_54
    exponent -= 54
  } else {
    NUMBER[0] = magnitude
  }
  const high = WORDS[HIGH] as number
  const mantissa = (high & 0xfffff) * TWO_TO_32 + (WORDS[LOW] as number)
  let index = FIRST[(high >>> 12) & 0xff] as number
  while ((MANTISSAS[index] as number) < mantissa) index += 1
  return coarsen((exponent + (high >>> 20)) * PER_OCTAVE + index, shift)
}

/** The key, `steps` schemas coarser, of the bucket that takes in the bucket `key`. */
export function coarsen(key: number, steps: number): number {
  return (key + (1 << steps) - 1) >> steps
}

/**
 * The inclusive upper bound of a bucket; among subnormal numbers, the double next to it. The bucket
 * below 2^1024 ends at the largest number, so that infinities have the next one, which ends at Infinity, to themselves.
 */
export function upperBound(key: number, shift: number): number {
  const fine = key * 2 ** shift
  const exponent = Math.floor(fine / PER_OCTAVE)
  const index = fine - exponent * PER_OCTAVE
  if (exponent >= 1024) return exponent === 1024 && index === 0 ? Number.MAX_VALUE : Infinity
  const bound = BOUNDS[index] as number
  // 2^exponent itself may be no normal number where its product with the bound is one.
  return exponent < -1022 ? bound * 2 ** (exponent + 54) * 2 ** -54 : bound * 2 ** exponent
}

/** Each schema puts one bound between every two of the schema before: the lower one times the schema's factor. */
function layOutBounds(): number[] {
  let bounds = [0.5]
  for (const factor of FACTORS) bounds = bounds.flatMap((bound) => [bound, bound * factor])
  return bounds.map((bound) => 2 * bound)
}
