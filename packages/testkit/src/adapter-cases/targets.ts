/** Paths and methods: one reading of each, or a refusal. */
import type { GuardOptions } from '@postern/guard'
import type { AdapterCase } from './case.ts'
import { numbered, POLICY, RIGHT } from './policy.ts'

const shown = (target: string): string => JSON.stringify(target.length > 60 ? `${target.slice(0, 20)}…` : target)
const trick = (target: string, guard?: GuardOptions): AdapterCase[] =>
  [[RIGHT], []].map((lines) => ({
    name: `refuses the target ${shown(target)} of ${lines.length > 0 ? 'one who may scrape' : 'anyone'}${guard ? ' beside an open path' : ''}`,
    target,
    lines,
    ...(guard ? { guard } : {}),
    status: 400,
    heard: 'malformed_request',
    router: true,
  }))

/** /healthz is open, /metrics is not, and everything else is nobody's. */
const EXEMPT: GuardOptions = {
  ...POLICY,
  rules: [
    { name: 'health', paths: ['/healthz'], credentials: 'none' },
    { name: 'scrape', paths: ['/metrics'], methods: ['GET'] },
  ],
}
const besideOpen = (target: string): AdapterCase => ({
  name: `asks for a password at ${target} beside an open path`,
  guard: EXEMPT,
  target,
  status: 401,
  heard: 'no_credentials',
  router: true,
})

export const TARGET_CASES: readonly AdapterCase[] = [
  ...numbered(
    [49],
    [
      '//metrics',
      '/./metrics',
      '/x/../metrics',
      '/metrics/../metrics',
      '/%6detrics',
      '/metrics%2f',
      '/%2e%2e/metrics',
      '/metrics%252e',
      '/metrics\\',
      '/metrics;a',
      '/metrics%00',
      '/%c0%af',
      '/metrics%',
      '/metrics#x',
      '/metrics?x#y',
      '/metrics?<script>alert(1)</script>',
    ].flatMap((target) => trick(target)),
  ),
  ...numbered(
    [49],
    [
      { name: 'refuses a target that begins with a backslash', target: '\\metrics', lines: [RIGHT], status: 400, heard: 'nothing' },
      ...['/METRICS', '/metrics/', '/'].flatMap((target): AdapterCase[] => [
        { name: `asks for a password at ${target}`, target, status: 401, heard: 'no_credentials', router: true },
        { name: `judges ${target} as the path it is`, target, lines: [RIGHT], status: [200, 404], heard: 'anything', router: true },
      ]),
    ],
  ),
  ...numbered(
    [48],
    ['http://127.0.0.1/metrics', 'http://169.254.169.254/metrics', '*'].flatMap((target) => trick(target)),
  ),
  ...numbered([44], trick(`/metrics?${'x'.repeat(8192)}`)),
  ...numbered(
    [50],
    [
      ...['/healthz/../metrics', '/healthz%23/../metrics'].flatMap((target) => [...trick(target), ...trick(target, EXEMPT)]),
      { name: 'asks for a password whatever the query says', target: '/metrics?x=/healthz', status: 401, heard: 'no_credentials' },
      ...['/metrics?x=/healthz', '/healthz/metrics', '/healthz/', '/Healthz', '/healthzz'].map(besideOpen),
    ],
  ),
  {
    name: 'takes a query of one who may scrape',
    target: '/metrics?name[]=up',
    lines: [RIGHT],
    status: 200,
    heard: { principal: 'prometheus' },
  },
  ...numbered(
    [65],
    [
      ...['/metrics/%0d%0aforged', '/metrics?a"b'].flatMap((target) => trick(target)),
      {
        name: 'refuses a target with an escape sequence',
        target: '/metrics?\u001b[31m',
        lines: [RIGHT],
        status: 400,
        heard: 'nothing',
      },
      { name: 'refuses a target of 64 KiB', target: `/metrics?${'x'.repeat(65_536)}`, lines: [RIGHT], status: 431, heard: 'nothing' },
    ],
  ),
]

export const METHOD_CASES: readonly AdapterCase[] = [
  { name: 'answers HEAD without a body', method: 'HEAD', lines: [RIGHT], status: 200, heard: { principal: 'prometheus' } },
  { name: 'refuses HEAD without a body', method: 'HEAD', status: 401, heard: 'no_credentials' },
  ...numbered(
    [47],
    ['POST', 'PUT', 'DELETE', 'PATCH', 'PROPFIND', 'TRACE'].flatMap((method): AdapterCase[] => [
      { name: `asks for a password before it judges ${method}`, method, status: 401, heard: 'no_credentials', router: true },
      {
        name: `answers ${method} of one who may scrape with what may be asked`,
        method,
        lines: [RIGHT],
        status: 405,
        heard: { principal: 'prometheus' },
        router: true,
      },
    ]),
  ),
  ...numbered(
    [47],
    [
      { name: 'refuses a method that nobody knows', method: 'XQZV', lines: [RIGHT], status: 400, heard: 'nothing' },
      { name: 'refuses a method in small letters', method: 'get', lines: [RIGHT], status: 400, heard: 'nothing' },
      { name: 'opens no tunnel', method: 'CONNECT', target: '127.0.0.1:80', lines: [RIGHT], status: 'closed', heard: 'nothing' },
    ],
  ),
  ...numbered(
    [23],
    ['HEAD', 'POST', 'DELETE', 'PROPFIND'].map(
      (method): AdapterCase => ({
        name: `refuses ${method} of one who may only GET`,
        guard: EXEMPT,
        method,
        lines: [RIGHT],
        status: 403,
        heard: 'method_not_allowed',
        router: true,
      }),
    ),
  ),
  {
    name: 'refuses a POST with a small body',
    method: 'POST',
    lines: ['Content-Length: 0'],
    status: 401,
    heard: 'no_credentials',
    router: true,
  },
]
