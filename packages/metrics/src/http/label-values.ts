/** Values of the labels `method` and `status`: closed lists, whatever a client or an application sends. */

/** RFC 9110, section 9.3, and PATCH of RFC 5789. Methods are case-sensitive. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'] as const
const INDEX: ReadonlyMap<unknown, number> = new Map(METHODS.map((method, index) => [method, index]))

/** Of values outside a list. */
export const OTHER = 'other'
/** Of the status of a response that did not come to its end. */
export const ABORTED = 'aborted'

/** Keys of statuses that are no codes. */
const OTHER_STATUS = 1
export const ABORTED_STATUS = 0

/** A small number for each method; {@link METHODS}`.length` for all that are not listed. */
export function methodIndex(method: unknown): number {
  return INDEX.get(method) ?? METHODS.length
}

export function methodText(index: number): string {
  return METHODS[index] ?? OTHER
}

/** The code itself where RFC 9110, section 15, has a class for it; else the key of `other`. Below 1000 in any case. */
export function statusKey(status: unknown): number {
  return typeof status === 'number' && Number.isInteger(status) && status >= 100 && status <= 599 ? status : OTHER_STATUS
}

export function statusText(key: number, form: 'code' | 'class'): string {
  if (key === ABORTED_STATUS) return ABORTED
  if (key === OTHER_STATUS) return OTHER
  return form === 'code' ? String(key) : `${Math.floor(key / 100)}xx`
}
