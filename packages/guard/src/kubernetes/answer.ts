/** What an API server answered, taken for what was asked or for a failure: a review of another kind must not come to mean anything. */

export type Status = Readonly<Record<string, unknown>>

/** The `status` of a review; undefined when the body is no review of this kind. */
export function statusOf(body: unknown, apiVersion: string, kind: string): Status | undefined {
  if (!isRecord(body) || body['apiVersion'] !== apiVersion || body['kind'] !== kind) return undefined
  const { status } = body
  return isRecord(status) ? status : undefined
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const isListOfTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')
