/** Headers that other systems believe, and that change nothing here. */
import { basic } from '../headers.ts'
import type { AdapterCase } from './case.ts'
import { allowed, numbered, PASSWORD, RIGHT, unnoticed } from './policy.ts'

export const HEADER_CASES: readonly AdapterCase[] = [
  ...numbered(
    [1],
    [
      'X-Forwarded-User: prometheus',
      'X-Remote-User: prometheus',
      'X_Forwarded_User: prometheus',
      'Cookie: session=1',
      `Proxy-Authorization: ${basic('prometheus', PASSWORD).authorization}`,
      `X-Authorization: ${basic('prometheus', PASSWORD).authorization}`,
      'Connection: Authorization',
      'Origin: http://evil.example',
    ].map((line) => unnoticed(`believes no ${line.split(':')[0]}`, line)),
  ),
  ...numbered(
    [51],
    ['X-Forwarded-Uri: /healthz', 'X-Original-URL: /healthz', 'X-Rewrite-URL: /healthz', 'X-HTTP-Method-Override: OPTIONS'].map((line) =>
      unnoticed(`makes no exemption for ${line}`, line),
    ),
  ),
  ...numbered(
    [52],
    ['User-Agent: kube-probe/1.30', 'User-Agent: GoogleHC/1.0'].map((line) => unnoticed(`makes no exemption for ${line}`, line)),
  ),
  ...numbered(
    [48],
    [
      unnoticed('asks whatever is said of the host', 'X-Forwarded-Host: 169.254.169.254'),
      {
        name: 'asks whatever host is meant',
        bytes: 'GET /metrics HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n',
        status: 401,
        heard: 'no_credentials',
      },
      {
        name: 'has one answer for one who may scrape, whatever host is meant',
        bytes: `GET /metrics HTTP/1.1\r\nHost: evil.example:443\r\n${RIGHT}\r\n\r\n`,
        status: 200,
        heard: { principal: 'prometheus' },
      },
    ],
  ),
  ...numbered(
    [47],
    [
      unnoticed(
        'asks before it speaks of HTTP/2',
        'Connection: Upgrade, HTTP2-Settings',
        'Upgrade: h2c',
        'HTTP2-Settings: AAMAAABkAAQAAP__',
      ),
      unnoticed('asks before it speaks of websockets', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'),
      allowed('changes to no other protocol for one who may scrape', 'prometheus', RIGHT, 'Connection: Upgrade', 'Upgrade: websocket'),
    ],
  ),
]
