/** What argon2 and scrypt share: the PHC string format, and bounds on what one attempt may take. */

export const DEFAULTS = {
  maxMemoryMebibytes: 256, // for one attempt, of which a few run at a time; twice what OWASP recommends for scrypt
  maxMilliseconds: 5_000, // of one core, roughly: as with the dearest bcrypt hash
  maxParallelism: 16,
  saltBytes: [8, 64],
  digestBytes: [16, 64],
} as const

/**
 * Decodes the base64 of a PHC string: no padding, and no bits to spare that are not zero, since libraries differ in what they make of
 * those. Undefined for anything else, and for a length outside of `bytes`.
 */
export function decodePhc(text: string, [least, most]: readonly [number, number]): Buffer | undefined {
  const decoded = Buffer.from(text, 'base64')
  if (decoded.length < least || decoded.length > most) return undefined
  return decoded.toString('base64').replace(/=+$/, '') === text ? decoded : undefined
}

/** Writes what {@link decodePhc} reads. */
export const encodePhc = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '')

/** Which bound one attempt would break, in words that follow a hash and "and each attempt would take"; undefined when none. */
export function excessOf(memoryMebibytes: number, milliseconds: number): string | undefined {
  if (memoryMebibytes > DEFAULTS.maxMemoryMebibytes) return `${Math.ceil(memoryMebibytes)} MiB of memory`
  if (milliseconds > DEFAULTS.maxMilliseconds) return `about ${Math.ceil(milliseconds / 1000)} seconds`
  return undefined
}
