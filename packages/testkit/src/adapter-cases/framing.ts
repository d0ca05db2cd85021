/** Requests whose end or whose headers two programs could see differently: refused, and their connection ended. */
import type { AdapterCase } from './case.ts'
import { numbered, RIGHT } from './policy.ts'

const unreadable = (name: string, ...lines: string[]): AdapterCase => ({
  name,
  lines: [RIGHT, ...lines],
  status: 400,
  ends: true,
  heard: 'nothing',
})
const whole = (name: string, bytes: string): AdapterCase => ({ name, bytes, status: 400, ends: true, heard: 'nothing' })
const HIDDEN = `GET /metrics HTTP/1.1\r\nHost: localhost\r\n${RIGHT}\r\n\r\n`

export const FRAMING_CASES: readonly AdapterCase[] = [
  ...numbered(
    [40],
    [
      unreadable('refuses a body of two lengths', 'Content-Length: 1', 'Content-Length: 2'),
      unreadable('refuses a body of a length and of chunks', 'Content-Length: 4', 'Transfer-Encoding: chunked', '', '0', '', HIDDEN),
      // Node hands these on before it gives up on them: the guard may judge one, and the client gets nothing for that.
      ...['Transfer-Encoding: chunked\r\nContent-Length: 4', 'Transfer-Encoding: xchunked', 'Transfer-Encoding: chunked, gzip'].map(
        (line): AdapterCase => ({
          name: `refuses ${line.replace('\r\n', ' before ')}`,
          lines: [RIGHT, line, '', '0', '', HIDDEN],
          status: 400,
          ends: true,
          heard: 'anything',
        }),
      ),
      unreadable('refuses a length with a sign', 'Content-Length: +5'),
      unreadable('refuses a length of words', 'Content-Length: 5, 5'),
      unreadable('refuses a coding with a space before its colon', 'Transfer-Encoding : chunked', '', '0', '', HIDDEN),
    ],
  ),
  ...numbered(
    [41],
    [
      unreadable('refuses a space before a colon', 'X-A : b'),
      unreadable('refuses a NUL byte in a header', 'X-A: \0'),
      unreadable('refuses a bare CR in a header', 'X-A: b\rX-B: c'),
      unreadable('refuses a header on two lines', 'X-A: b', ' c'),
      unreadable('refuses a header without a colon', 'X-A'),
      unreadable('refuses a header without a name', ': x'),
      whole('refuses lines that end without CR', `GET /metrics HTTP/1.1\nHost: localhost\n${RIGHT}\n\n`),
      whole('refuses a NUL byte in the target', `GET /metrics\0 HTTP/1.1\r\nHost: localhost\r\n${RIGHT}\r\n\r\n`),
      whole('refuses a request without a host', `GET /metrics HTTP/1.1\r\n${RIGHT}\r\n\r\n`),
      whole('refuses a version that there is not', `GET /metrics HTTP/9.9\r\nHost: localhost\r\n${RIGHT}\r\n\r\n`),
      whole('refuses the greeting of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    ],
  ),
  ...numbered(
    [44],
    [
      { name: 'refuses headers that do not end', lines: [RIGHT, `X-A: ${'a'.repeat(20_000)}`], status: 431, ends: true, heard: 'nothing' },
      {
        name: 'refuses a target that does not end',
        target: `/${'a'.repeat(20_000)}`,
        lines: [RIGHT],
        status: 431,
        ends: true,
        heard: 'nothing',
      },
      {
        name: 'reads a credential behind hundreds of other fields',
        lines: [...Array.from({ length: 300 }, () => 'X-A: b'), RIGHT],
        status: 200,
        heard: { principal: 'prometheus' },
      },
      {
        name: 'refuses a second credential behind hundreds of other fields',
        lines: [RIGHT, ...Array.from({ length: 300 }, () => 'X-A: b'), RIGHT],
        status: 400,
        heard: 'malformed_request',
      },
    ],
  ),
]
