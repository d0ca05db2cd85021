/** Numbers of a policy: seconds, bytes and counts within the bounds that make sense. */
import { policyError } from '../errors.ts'

export interface Bounds {
  readonly min: number
  readonly max: number
  /** What is counted, in words: `seconds`. */
  readonly unit: string
}

/** @throws {PosternError} ERR_POSTERN_POLICY for what is no whole number within `bounds`. */
export function compileWholeNumber<Default>(value: number | undefined, fallback: Default, { min, max, unit }: Bounds): number | Default {
  if (value === undefined) return fallback
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw policyError('ERR_POSTERN_POLICY', `${JSON.stringify(value)} is not a whole number of ${unit} from ${min} to ${max}`, {
    fix: `Write a number from ${min} to ${max}, or leave the key out.`,
  })
}
