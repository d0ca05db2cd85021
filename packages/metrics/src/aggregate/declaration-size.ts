/** How large the declaration of one family may be: a worker pays nothing for it, and its collector keeps it before it has a series. */
import type { WireFamily } from './wire.ts'

/** Characters of the name, of the unit and of each label name. */
const MAX_NAME = 1_024
/** Characters. */
const MAX_HELP = 8_192
const MAX_LABELS = 128
/** Each costs two kilobytes in a family that has a series, because series are kept by 256. */
const MAX_BOUNDS = 1_024

/** Whether a declaration is of a size that programs have. */
export function isOfUsualSize({ name, help, unit, labelNames, bounds }: WireFamily): boolean {
  const names = [name, unit ?? '', ...labelNames.slice(0, MAX_LABELS)]
  const isShort = names.every(({ length }) => length <= MAX_NAME)
  return isShort && help.length <= MAX_HELP && labelNames.length <= MAX_LABELS && bounds.length <= MAX_BOUNDS
}
