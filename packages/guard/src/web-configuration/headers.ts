/** The response headers that an exporter may be told to send, and the values they may have. */

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
