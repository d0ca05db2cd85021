/** Response headers that a policy may add to every answer: those of the exporters' web configuration, and the values they may have. */
import { policyError } from '../errors.ts'

/** Values by name; null: any. */
const HEADERS: ReadonlyMap<string, readonly string[] | null> = new Map([
  ['Strict-Transport-Security', null],
  ['X-Content-Type-Options', ['nosniff']],
  ['X-Frame-Options', ['deny', 'sameorigin']],
  ['X-XSS-Protection', null],
  ['Content-Security-Policy', null],
])

export interface HeaderFault {
  readonly why: string
  readonly fix: string
}

/** Undefined when the header may be sent. */
export function headerFault(name: string, value: string): HeaderFault | undefined {
  const values = HEADERS.get(name)
  if (values === undefined) {
    return { why: `HTTP header "${name}" can not be configured`, fix: `Those that can are ${[...HEADERS.keys()].join(', ')}, so spelt.` }
  }
  if (values !== null && !values.includes(value)) {
    return { why: `"${value}" is no value of ${name}`, fix: `Write ${values.join(' or ')}.` }
  }
  if (/\p{Cc}/u.test(value.replace(/[\t\r\n]/g, ''))) {
    return { why: `the value of ${name} holds a control character`, fix: 'Take it out: no header can hold one.' }
  }
  return undefined
}

/** The value as Go sends it: line ends are spaces, and what is beyond ASCII goes out as UTF-8, which Node takes byte by byte. */
export const headerValue = (value: string): string => Buffer.from(value.replace(/[\r\n]/g, ' ').trim(), 'utf8').toString('latin1')

/**
 * @returns the headers as they are sent
 * @throws {PosternError} ERR_POSTERN_POLICY for a header that is none of them, or a value that it cannot have.
 */
export function compileResponseHeaders(headers: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const fault = headerFault(name, value)
      if (fault === undefined) return [name, headerValue(value)]
      throw policyError('ERR_POSTERN_POLICY', fault.why, { path: [name], fix: fault.fix })
    }),
  )
}
