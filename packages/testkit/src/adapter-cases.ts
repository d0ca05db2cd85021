/**
 * What every way to guarded metrics must hold, as data and a runner: node:http, node:https, Express, the one-call server and the
 * gateway run the same cases. A way in is one more {@link Mount}; a case it cannot hold is skipped under a reason, never left out.
 * This file is long because it is one specification.
 */
import { createHash } from 'node:crypto'
import type { ConnectionOptions } from 'node:tls'
import { hashSync } from '@node-rs/bcrypt'
import type { GuardEvent, GuardOptions, Reason } from '@postern/guard'
import { beforeAll, describe, expect, test } from 'vitest'
import { issueCertificate, type Pair } from './certificates.ts'
import { basic, bearer } from './headers.ts'
import { connect, type RawResponse, requestText, type Wire } from './wire.ts'

export interface MountOptions {
  readonly guard: GuardOptions
  readonly onEvent: (event: GuardEvent) => void
  /** Milliseconds since the epoch, by which certificates are judged. */
  readonly now: () => number
  /** What an https listener shows. */
  readonly server: Pair
}

export interface Mounted {
  /** Of the metrics, path included. */
  readonly url: string
  close(): Promise<void>
}

/** One way to guarded metrics. What is behind the guard must answer {@link EXPOSITION}. */
export interface Mount {
  readonly name: string
  readonly scheme: 'http' | 'https'
  /** True where a router stands before the guard, which may say 404 to a method or path that it does not know. */
  readonly hasRouter?: boolean
  /** Case to the reason why this way in cannot hold it. */
  readonly skips?: Readonly<Record<string, string>>
  mount(options: MountOptions): Promise<Mounted>
}

export const EXPOSITION = '# HELP exposed_total A family that only the allowed see.\n# TYPE exposed_total counter\nexposed_total 1\n'

const PASSWORD = 'canary-password-9f2c'
const LONGEST = `canary-longest-${'x'.repeat(57)}`
const TOKEN = 'canary-token-0123456789-abcdef'
const WRONG = 'canary-wrong-guess'
const HASH = hashSync(PASSWORD, 4)
const USERS = {
  prometheus: HASH,
  rotating: [hashSync('canary-old', 4), hashSync('canary-new', 4)],
  longest: hashSync(LONGEST, 4),
  colons: hashSync('canary:a:b:', 4),
  blank: hashSync('', 4),
  'zoë 日本 🔑': HASH,
  ['__proto__']: HASH,
}
/** None of these, in any of its forms, may be seen by a client or told in an event. */
const SECRETS = [PASSWORD, LONGEST, TOKEN, WRONG, 'canary-old', 'canary-new', 'canary:a:b:'].flatMap((secret) => [
  secret,
  Buffer.from(secret).toString('base64').replace(/=*$/, '').slice(0, -1),
  createHash('sha256').update(secret).digest('hex'),
])
const HASHES = Object.values(USERS).flat()

const POLICY: GuardOptions = {
  credentials: [
    { type: 'basic', users: USERS },
    { type: 'bearer', tokens: [{ name: 'agent', token: TOKEN }] },
  ],
}
const CHALLENGES = ['Basic realm="metrics", charset="UTF-8"', 'Bearer realm="metrics"']
const RIGHT = `Authorization: ${basic('prometheus', PASSWORD).authorization}`
const anonymous = (addresses: NonNullable<GuardOptions['addresses']>): GuardOptions => ({ credentials: 'none', addresses })
const basicLine = (user: string, password: string): string => `Authorization: ${basic(user, password).authorization}`
const encoded = (bytes: string | readonly number[]): string => `Authorization: Basic ${Buffer.from(bytes as string).toString('base64')}`

/** One request and its answer. */
export interface AdapterCase {
  readonly name: string
  /** Default {@link POLICY}. */
  readonly guard?: GuardOptions
  readonly method?: string
  /** Default the path of the mount. */
  readonly target?: string
  readonly lines?: readonly string[]
  readonly status: number | readonly number[]
  /** Who was let in, why not, or that the request never came to a decision. */
  readonly heard: { readonly principal: string } | Reason | 'nothing' | 'anything'
  /** True where a router before the guard may not know the request. */
  readonly router?: boolean
}

const denied = (name: string, ...lines: string[]): AdapterCase => ({ name, lines, status: 401, heard: 'bad_credentials' })
const unnoticed = (name: string, ...lines: string[]): AdapterCase => ({ name, lines, status: 401, heard: 'no_credentials' })
const allowed = (name: string, principal: string, ...lines: string[]): AdapterCase => ({ name, lines, status: 200, heard: { principal } })
const ambiguous = (name: string, ...lines: string[]): AdapterCase => ({ name, lines, status: 400, heard: 'malformed_request' })
const unreadable = (name: string, ...lines: string[]): AdapterCase => ({ name, lines: [RIGHT, ...lines], status: 400, heard: 'nothing' })
const trick = (target: string): AdapterCase[] => [
  {
    name: `refuses the target ${JSON.stringify(target)} of one who may scrape`,
    target,
    lines: [RIGHT],
    status: 400,
    heard: 'malformed_request',
    router: true,
  },
  { name: `refuses the target ${JSON.stringify(target)} of anyone`, target, status: 400, heard: 'malformed_request', router: true },
]

export const CASES: readonly AdapterCase[] = [
  unnoticed('asks when nothing is sent'),
  unnoticed('asks when another scheme is sent', 'Authorization: Digest username="prometheus"'),
  unnoticed('asks when the header is empty', 'Authorization:'),
  unnoticed('asks when a scheme is sent alone', 'Authorization: Basic'),
  unnoticed('asks when the scheme is parted by a tab', RIGHT.replace('Basic ', 'Basic\t')),

  allowed('lets the right password in', 'prometheus', RIGHT),
  allowed('lets the right password in under any case of the scheme', 'prometheus', RIGHT.replace('Basic', 'bAsIc')),
  allowed('lets the right password in under any case of the header', 'prometheus', RIGHT.replace('Authorization', 'aUTHORIZATION')),
  allowed('lets the right password in behind several spaces', 'prometheus', RIGHT.replace('Basic ', 'Basic    ')),
  allowed('lets the right password in between spaces and tabs', 'prometheus', `${RIGHT.replace(': ', ':\t  ')} \t`),
  allowed('lets the old password of a rotation in', 'rotating', basicLine('rotating', 'canary-old')),
  allowed('lets the new password of a rotation in', 'rotating', basicLine('rotating', 'canary-new')),
  allowed('lets a password of 72 bytes in', 'longest', basicLine('longest', LONGEST)),
  allowed('lets a password with colons in', 'colons', basicLine('colons', 'canary:a:b:')),
  allowed('lets an empty password in where it is the right one', 'blank', basicLine('blank', '')),
  allowed('lets a user beyond ASCII in', 'zoë 日本 🔑', basicLine('zoë 日本 🔑', PASSWORD)),
  allowed('lets a user in whose name every object has', '__proto__', basicLine('__proto__', PASSWORD)),

  denied('refuses a wrong password', basicLine('prometheus', WRONG)),
  denied('refuses an unknown user', basicLine('mallory', PASSWORD)),
  denied('refuses another case of the user', basicLine('Prometheus', PASSWORD)),
  denied('refuses another normal form of the user', basicLine('zoe\u0308 日本 🔑', PASSWORD)),
  denied('refuses a user with a mark before it', basicLine('\ufeffprometheus', PASSWORD)),
  denied('refuses a user with a space behind it', basicLine('prometheus ', PASSWORD)),
  denied('refuses an empty user', basicLine('', PASSWORD)),
  denied('refuses an empty password', basicLine('prometheus', '')),
  denied('refuses an empty user with an empty password', basicLine('', '')),
  denied('refuses a user whose name every object has and the policy has not', basicLine('constructor', PASSWORD)),
  denied('refuses the decoy of a rival', basicLine('fakeuser', 'fakepassword')),
  denied('refuses the hash for its password', basicLine('prometheus', HASH)),
  denied('refuses a password of 73 bytes that starts with the right 72', basicLine('longest', `${LONGEST}x`)),
  denied('refuses the right password with a NUL byte behind it', basicLine('prometheus', `${PASSWORD}\0`)),
  denied('refuses the right password with a NUL byte and more behind it', basicLine('prometheus', `${PASSWORD}\0more`)),
  denied('refuses the right password with a colon behind it', basicLine('prometheus', `${PASSWORD}:`)),
  denied('refuses what is no base64', 'Authorization: Basic %%%'),
  denied('refuses base64 without its padding', encoded('a:bc').replace('==', '')),
  denied('refuses base64 with more behind its padding', `${encoded('a:bc')}AAAA`),
  denied('refuses base64 with a space inside', RIGHT.replace('cHJv', 'cHJv ')),
  denied('refuses bytes that are no UTF-8', encoded([0x70, 0x3a, 0xff, 0xfe])),
  denied('refuses a pair without a colon', encoded('prometheus')),
  denied('refuses two pairs in one header', `${RIGHT}, ${basic('prometheus', PASSWORD).authorization}`),
  denied('refuses letters beyond ASCII in the header', 'Authorization: Basic \u00fc\u00fc\u00fc\u00fc'),

  allowed('lets the token in', 'agent', `Authorization: ${bearer(TOKEN).authorization}`),
  allowed('lets the token in under any case of the scheme', 'agent', `Authorization: BEARER ${TOKEN}`),
  denied('refuses a prefix of the token', `Authorization: Bearer ${TOKEN.slice(0, -1)}`),
  denied('refuses the token with more behind it', `Authorization: Bearer ${TOKEN}a`),
  denied('refuses another case of the token', `Authorization: Bearer ${TOKEN.toUpperCase()}`),
  denied('refuses the digest of the token', `Authorization: Bearer ${createHash('sha256').update(TOKEN).digest('hex')}`),
  denied('refuses the token twice', `Authorization: Bearer ${TOKEN} ${TOKEN}`),
  denied('refuses the token as a password', basicLine('agent', TOKEN)),
  denied('refuses a password as a token', `Authorization: Bearer ${PASSWORD}`),
  { name: 'does not look for a token in the query', target: `/metrics?access_token=${TOKEN}`, status: 401, heard: 'no_credentials' },

  ambiguous('refuses two Authorization headers that are both right', RIGHT, RIGHT),
  ambiguous('refuses a right Authorization header behind a wrong one', basicLine('prometheus', WRONG), RIGHT),
  ambiguous('refuses a right Authorization header before an empty one', RIGHT, 'authorization:'),
  ambiguous('refuses two Authorization headers of two kinds', RIGHT, `AUTHORIZATION: Bearer ${TOKEN}`),

  ...[
    'X-Forwarded-User: prometheus',
    'X-Remote-User: prometheus',
    'X_Forwarded_User: prometheus',
    'Cookie: session=1',
    `Proxy-Authorization: ${basic('prometheus', PASSWORD).authorization}`,
    `X-Authorization: ${basic('prometheus', PASSWORD).authorization}`,
  ].map((line) => unnoticed(`believes no ${line.split(':')[0]}`, line)),
  ...[
    'User-Agent: kube-probe/1.30',
    'User-Agent: GoogleHC/1.0',
    'X-Original-URL: /healthz',
    'X-Rewrite-URL: /healthz',
    'X-Forwarded-Uri: /healthz',
    'X-HTTP-Method-Override: OPTIONS',
    'Connection: Authorization',
    'Upgrade: h2c',
    'Origin: http://evil.example',
  ].map((line) => unnoticed(`makes no exemption for ${line}`, line)),

  { name: 'lets an allowed address in', guard: anonymous({ allow: ['127.0.0.0/8'] }), status: 200, heard: { principal: 'anonymous' } },
  {
    name: 'lets an allowed address in that is written as IPv6',
    guard: anonymous({ allow: ['::ffff:127.0.0.1'] }),
    status: 200,
    heard: { principal: 'anonymous' },
  },
  { name: 'refuses a denied address', guard: anonymous({ deny: ['127.0.0.1'] }), status: 403, heard: 'address_not_allowed' },
  {
    name: 'refuses a denied address that is written as IPv6',
    guard: anonymous({ deny: ['::ffff:127.0.0.0/104'] }),
    status: 403,
    heard: 'address_not_allowed',
  },
  {
    name: 'refuses an address that is allowed and denied',
    guard: anonymous({ allow: ['127.0.0.1'], deny: ['127.0.0.0/8'] }),
    status: 403,
    heard: 'address_not_allowed',
  },
  {
    name: 'refuses a foreign address with the right password',
    guard: { ...POLICY, addresses: { allow: ['192.0.2.0/24'] } },
    lines: [RIGHT],
    status: 403,
    heard: 'address_not_allowed',
  },
  {
    name: 'refuses a foreign address before it reads its headers',
    guard: { ...POLICY, addresses: { allow: ['192.0.2.0/24'] } },
    lines: [RIGHT, RIGHT],
    status: 403,
    heard: 'address_not_allowed',
  },
  ...[
    'X-Forwarded-For: 192.0.2.1',
    'X-Real-IP: 192.0.2.1',
    'Forwarded: for=192.0.2.1',
    'CF-Connecting-IP: 192.0.2.1',
    'True-Client-IP: 192.0.2.1',
  ].map(
    (line): AdapterCase => ({
      name: `believes no address in ${line.split(':')[0]}`,
      guard: anonymous({ allow: ['192.0.2.0/24'] }),
      lines: [line],
      status: 403,
      heard: 'address_not_allowed',
    }),
  ),
  {
    name: 'asks for a password at an allowed address',
    guard: { ...POLICY, addresses: { allow: ['127.0.0.0/8'] } },
    status: 401,
    heard: 'no_credentials',
  },

  { name: 'answers HEAD without a body', method: 'HEAD', lines: [RIGHT], status: 200, heard: { principal: 'prometheus' } },
  { name: 'refuses HEAD without a body', method: 'HEAD', status: 401, heard: 'no_credentials' },
  ...['POST', 'PUT', 'DELETE', 'PATCH', 'PROPFIND', 'TRACE'].flatMap((method): AdapterCase[] => [
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
  {
    name: 'refuses a POST with a small body',
    method: 'POST',
    lines: ['Content-Length: 0'],
    status: 401,
    heard: 'no_credentials',
    router: true,
  },

  ...[
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
    '/healthz/../metrics',
    '/healthz%23/../metrics',
    'http://127.0.0.1/metrics',
    'http://169.254.169.254/metrics',
    '*',
    `/metrics?${'x'.repeat(8192)}`,
  ].flatMap(trick),
  ...['/METRICS', '/metrics/', '/'].flatMap((target): AdapterCase[] => [
    { name: `asks for a password at ${target}`, target, status: 401, heard: 'no_credentials', router: true },
    { name: `judges ${target} as the path it is`, target, lines: [RIGHT], status: [200, 404], heard: 'anything', router: true },
  ]),
  { name: 'asks for a password whatever the query says', target: '/metrics?x=/healthz', status: 401, heard: 'no_credentials' },
  {
    name: 'takes a query of one who may scrape',
    target: '/metrics?name[]=up',
    lines: [RIGHT],
    status: 200,
    heard: { principal: 'prometheus' },
  },

  { name: 'refuses a target that begins with a backslash', target: '\\metrics', lines: [RIGHT], status: 400, heard: 'nothing' },
  unreadable('refuses a body of two lengths', 'Content-Length: 1', 'Content-Length: 2'),
  unreadable('refuses a body of a length and of chunks', 'Content-Length: 4', 'Transfer-Encoding: chunked'),
  // Node hands this one on before it gives up on it: the guard may judge it, and the client gets nothing for that.
  { name: 'refuses an unknown coding of the body', lines: [RIGHT, 'Transfer-Encoding: xchunked'], status: 400, heard: 'anything' },
  unreadable('refuses a length with a sign', 'Content-Length: +5'),
  unreadable('refuses a space before a colon', 'X-A : b'),
  unreadable('refuses a NUL byte in a header', 'X-A: \0'),
  unreadable('refuses a bare CR in a header', 'X-A: b\rX-B: c'),
  { name: 'refuses headers that do not end', lines: [RIGHT, `X-A: ${'a'.repeat(20_000)}`], status: 431, heard: 'nothing' },
]

/** Requests of each row get the same bytes, but for the date. */
export const INDISTINGUISHABLE: readonly {
  readonly name: string
  readonly method?: string
  readonly requests: readonly (readonly string[])[]
}[] = [
  {
    name: 'tells a wrong password, an unknown user, a wrong token and a malformed header not apart',
    requests: [
      [basicLine('prometheus', WRONG)],
      [basicLine('mallory', WRONG)],
      [basicLine('rotating', WRONG)],
      [basicLine('', '')],
      [basicLine('longest', `${LONGEST}x`)],
      [`Authorization: Bearer ${WRONG}`],
      ['Authorization: Basic %%%'],
      ['Authorization: Nonsense'],
      [],
    ],
  },
  {
    name: 'tells them not apart for HEAD',
    method: 'HEAD',
    requests: [[basicLine('prometheus', WRONG)], [basicLine('mallory', WRONG)], []],
  },
]

interface Served extends AsyncDisposable {
  readonly url: string
  readonly events: GuardEvent[]
  open(tls?: ConnectionOptions): Promise<Wire>
}

async function serve(mount: Mount, options: Partial<MountOptions> = {}): Promise<Served> {
  const events: GuardEvent[] = []
  const server = await serverPair()
  const mounted = await mount.mount({ guard: POLICY, onEvent: (event) => events.push(event), now: Date.now, server, ...options })
  return {
    url: mounted.url,
    events,
    open: (tls = {}) => connect(mounted.url, { tls }),
    async [Symbol.asyncDispose]() {
      await mounted.close()
      expectNoSecret(JSON.stringify(events))
    },
  }
}

/** What every answer holds, whatever it answers. */
function inspect(response: RawResponse | undefined): RawResponse {
  if (response === undefined) throw new Error('the connection ended without an answer')
  const whole = `${response.head}\n${response.body}`
  expectNoSecret(whole)
  expect(response.status).not.toBe(500)
  expect(whole).not.toMatch(/\bat .+:\d+:\d+|node_modules|\w*Error:/)
  expect(response.complete).toBe(true)
  if (response.status !== 200) expect(whole).not.toContain('exposed_total')
  expect(response.all('www-authenticate')).toEqual(response.status === 401 ? CHALLENGES : [])
  return response
}

function expectNoSecret(text: string): void {
  for (const secret of [...SECRETS, ...HASHES]) expect(text).not.toContain(secret)
}

const heardOf = (events: readonly GuardEvent[]): AdapterCase['heard'][] =>
  events.flatMap((event): AdapterCase['heard'][] =>
    event.type !== 'decision' ? [] : event.decision.allow ? [{ principal: event.decision.principal.name }] : [event.decision.reason],
  )

/** Answers of ours, not of a router or of Node's parser. */
function expectOwnAnswer(response: RawResponse, method: string): void {
  expect([response.all('cache-control'), response.all('x-content-type-options')]).toEqual([['no-store'], ['nosniff']])
  if (response.status === 405) expect(response.all('allow')).toEqual(['GET, HEAD'])
  if (response.status === 200) expect(response.body).toBe(method === 'HEAD' ? '' : EXPOSITION)
  else expect(response.all('content-type')).toEqual(['text/plain; charset=utf-8'])
}

export function describeAdapter(mount: Mount): void {
  const skips = mount.skips ?? {}
  const names = new Set<string>()
  const define = (name: string, run: () => Promise<void>): void => {
    names.add(name)
    if (skips[name] === undefined) test(name, run)
    else test.skip(`${name} (${skips[name]})`)
  }

  describe(`a guard behind ${mount.name}`, () => {
    for (const row of CASES) define(row.name, () => holdsCase(mount, row))
    for (const row of INDISTINGUISHABLE) define(row.name, () => holdsSameBytes(mount, row))
    for (const [name, run] of Object.entries(CONVERSATIONS)) define(name, () => run(mount))
    if (mount.scheme === 'https') describeCertificates(mount, define)
    test('skips no case that there is not', () => {
      expect(Object.keys(skips).filter((name) => !names.has(name))).toEqual([])
    })
  })
}

async function holdsCase(mount: Mount, row: AdapterCase): Promise<void> {
  await using served = await serve(mount, row.guard ? { guard: row.guard } : {})
  await using wire = await served.open()
  const { method = 'GET', target = new URL(served.url).pathname, lines = [] } = row
  const response = inspect(await wire.ask(Buffer.from(requestText(target, lines, method), 'latin1'), method))
  const heard = heardOf(served.events)
  if (mount.hasRouter === true && row.router === true && heard.length === 0) {
    expect(response.status).toBe(404)
    return
  }
  expect([row.status].flat()).toContain(response.status)
  if (row.heard === 'anything') return
  expect(heard).toEqual(row.heard === 'nothing' ? [] : [row.heard])
  if (row.heard !== 'nothing') expectOwnAnswer(response, method)
}

async function holdsSameBytes(mount: Mount, { method = 'GET', requests }: (typeof INDISTINGUISHABLE)[number]): Promise<void> {
  await using served = await serve(mount)
  const seen = new Set<string>()
  for (const lines of requests) {
    await using wire = await served.open()
    const { head, body } = inspect(await wire.ask(requestText(new URL(served.url).pathname, lines, method), method))
    expect(head.match(/^Date: [^\r]+ GMT$/m)).not.toBeNull()
    seen.add(`${head.replace(/^Date: [^\r]+$/m, 'Date:')}\n\n${body}`)
  }
  expect([...seen]).toHaveLength(1)
  expect(heardOf(served.events)).toHaveLength(requests.length)
}

/** More than one request and answer. */
const CONVERSATIONS: Readonly<Record<string, (mount: Mount) => Promise<void>>> = {
  async 'judges each request of a connection alone, and ends it with the first that is denied'(mount) {
    await using served = await serve(mount)
    for (const denied of [[], [basicLine('prometheus', WRONG)]]) {
      await using wire = await served.open()
      const statuses: number[] = []
      for (const lines of [[RIGHT], [RIGHT], denied]) statuses.push(inspect(await wire.ask(requestText('/metrics', lines))).status)
      expect(statuses).toEqual([200, 200, 401])
      await wire.ended()
    }
  },

  async 'judges pipelined requests each alone, and answers in order up to the first that is denied'(mount) {
    await using served = await serve(mount)
    await using wire = await served.open()
    wire.send([[RIGHT], [], [RIGHT]].map((lines) => requestText('/metrics', lines)).join(''))
    expect([inspect(await wire.read()).status, inspect(await wire.read()).status, await wire.read()]).toEqual([200, 401, undefined])
  },

  async 'takes a request hidden in a body for a body'(mount) {
    await using served = await serve(mount)
    await using wire = await served.open()
    const hidden = requestText('/metrics', [RIGHT])
    wire.send(requestText('/metrics', [`Content-Length: ${hidden.length}`]) + hidden)
    expect(inspect(await wire.read()).status).toBe(401)
    expect(await wire.read()).toBeUndefined()
    expect(heardOf(served.events)).toEqual(['no_credentials'])
  },

  async 'cuts the connection of a denied request whose body is still to come'(mount) {
    await using served = await serve(mount)
    for (const coding of ['Content-Length: 1073741824', 'Transfer-Encoding: chunked']) {
      await using wire = await served.open()
      const response = inspect(await wire.ask(requestText('/metrics', [coding, basicLine('prometheus', WRONG)])))
      expect([response.status, response.all('connection')]).toEqual([401, ['close']])
      await wire.ended()
    }
    expect(heardOf(served.events)).toEqual(['bad_credentials', 'bad_credentials'])
  },

  async 'cuts the connection of a denied request while its body is being sent'(mount) {
    await using served = await serve(mount)
    await using wire = await served.open()
    wire.send(requestText('/metrics', ['Content-Length: 1073741824']))
    const block = Buffer.alloc(65_536, 'x')
    const pump = (): void => {
      while (wire.socket.writable && wire.socket.write(block));
    }
    wire.socket.on('drain', pump)
    pump()
    await wire.ended()
    expect(heardOf(served.events)).toEqual(['no_credentials'])
  },

  async 'refuses one who waits to be told to go on with a body'(mount) {
    await using served = await serve(mount)
    await using wire = await served.open()
    expect(inspect(await wire.ask(requestText('/metrics', ['Content-Length: 10', 'Expect: 100-continue']))).status).toBe(401)
    await wire.ended()
  },

  async 'outlives a client that leaves before its answer'(mount) {
    await using served = await serve(mount)
    {
      await using wire = await served.open()
      wire.send(requestText('/metrics', [basicLine('prometheus', WRONG)]))
      wire.socket.destroy()
    }
    await using wire = await served.open()
    expect(inspect(await wire.ask(requestText('/metrics', [RIGHT]))).status).toBe(200)
  },

  async 'does not join user and password to the pair of another (CVE-2022-46146)'(mount) {
    await using served = await serve(mount)
    const pairs = [
      ['prometheus', PASSWORD],
      ['prometheus', PASSWORD],
      ['prometheuscanary', PASSWORD.slice(6)],
      ['', `prometheus${PASSWORD}`],
      [`prometheus${HASH}`, PASSWORD],
    ] as const
    const statuses: number[] = []
    for (const [user, password] of pairs) {
      await using wire = await served.open()
      statuses.push(inspect(await wire.ask(requestText('/metrics', [basicLine(user, password)]))).status)
    }
    expect(statuses).toEqual([200, 200, 401, 401, 401])
  },

  async 'answers equal attempts that come together alike'(mount) {
    await using served = await serve(mount)
    const ask = async (user: string, password: string): Promise<string> => {
      await using wire = await served.open()
      const { head, body } = inspect(await wire.ask(requestText('/metrics', [basicLine(user, password)])))
      return head.replace(/^Date: .*$/m, 'Date: …') + body
    }
    const attempts = Array.from({ length: 10 }, () => [ask('prometheus', PASSWORD), ask('prometheus', WRONG), ask('mallory', WRONG)]).flat()
    // To the byte: ten times the same right answer, and twenty times the same wrong one.
    const answers = new Set(await Promise.all(attempts))
    expect([...answers].map((answer) => answer.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length)).toSorted()).toEqual(['200', '401'])
  },
}

/** Made once for a test file. */
let pairs: Promise<Pair> | undefined
const serverPair = (): Promise<Pair> =>
  (pairs ??= issueCertificate({ subject: 'localhost', usage: 'serverAuth', names: ['DNS:localhost', 'IP:127.0.0.1'] }))

const CLIENT_NAMES = ['prometheus.example', '10.1.2.3', 'spiffe://x/prometheus', 'prom@example.com']
const HOUR = 3_600_000

async function makeClients(): Promise<{ authority: Pair; clients: Record<string, Pair> }> {
  const authority = await issueCertificate({ subject: 'Scrapers', ca: true })
  const stranger = await issueCertificate({ subject: 'Scrapers', ca: true })
  const names = ['DNS:prometheus.example']
  const ours = { subject: 'prometheus', issuer: authority, names }
  const [right, upper, address, uri, email, other, forged, common, foreign, expired, early, self, server] = await Promise.all([
    issueCertificate(ours),
    issueCertificate({ ...ours, names: ['DNS:other.example', 'DNS:PROMETHEUS.Example'] }),
    issueCertificate({ ...ours, names: ['IP:10.1.2.3'] }),
    issueCertificate({ ...ours, names: ['URI:spiffe://x/prometheus'] }),
    issueCertificate({ ...ours, names: ['email:prom@example.com'] }),
    issueCertificate({ ...ours, names: ['DNS:x.prometheus.example', 'DNS:*.example', 'URI:prometheus.example'] }),
    issueCertificate({ ...ours, names: ['DNS:evil.example, DNS:prometheus.example', 'URI:x", DNS:prometheus.example'] }),
    issueCertificate({ subject: 'prometheus.example', issuer: authority }),
    issueCertificate({ ...ours, issuer: stranger, keyIdentifiers: false }),
    issueCertificate({ ...ours, notBefore: new Date(Date.now() - 2 * HOUR), notAfter: new Date(Date.now() - HOUR) }),
    issueCertificate({ ...ours, notBefore: new Date(Date.now() + HOUR) }),
    issueCertificate({ subject: 'prometheus', names }),
    issueCertificate({ ...ours, usage: 'serverAuth' }),
  ])
  const chained = { key: foreign.key, cert: foreign.cert + stranger.cert + authority.cert }
  return {
    authority,
    clients: { right, upper, address, uri, email, other, forged, common, foreign, chained, expired, early, self, server },
  }
}

/** What a client holds, and what becomes of it: beside a password, and where certificates are all there is. */
export const CERTIFICATE_CASES: readonly {
  readonly name: string
  readonly client: string | undefined
  readonly heard: AdapterCase['heard']
}[] = [
  { name: 'no certificate', client: undefined, heard: 'no_credentials' },
  { name: 'a certificate of a listed name', client: 'right', heard: { principal: 'prometheus.example' } },
  { name: 'a certificate of a listed name in capitals', client: 'upper', heard: { principal: 'prometheus.example' } },
  { name: 'a certificate of a listed address', client: 'address', heard: { principal: '10.1.2.3' } },
  { name: 'a certificate of a listed URI', client: 'uri', heard: { principal: 'spiffe://x/prometheus' } },
  { name: 'a certificate of a listed e-mail address', client: 'email', heard: { principal: 'prom@example.com' } },
  { name: 'a certificate of other names', client: 'other', heard: 'bad_credentials' },
  { name: 'a certificate that forges a name with commas', client: 'forged', heard: 'bad_credentials' },
  { name: 'a certificate with a listed name for its common name', client: 'common', heard: 'bad_credentials' },
  { name: 'a certificate of another authority', client: 'foreign', heard: 'bad_credentials' },
  { name: 'a certificate of another authority that brings ours along', client: 'chained', heard: 'bad_credentials' },
  { name: 'a certificate past its last day', client: 'expired', heard: 'expired_credentials' },
  { name: 'a certificate before its first day', client: 'early', heard: 'expired_credentials' },
  { name: 'a self-signed certificate', client: 'self', heard: 'bad_credentials' },
  { name: 'a certificate for servers', client: 'server', heard: 'bad_credentials' },
]

const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const

function describeCertificates(mount: Mount, define: (name: string, run: () => Promise<void>) => void): void {
  let made: Awaited<ReturnType<typeof makeClients>>
  beforeAll(async () => {
    made = await makeClients()
  })
  const certificatePolicy = (): GuardOptions => ({
    credentials: [{ type: 'client-certificate', ca: made.authority.cert, names: CLIENT_NAMES }],
  })
  const mixedPolicy = (): GuardOptions => ({ credentials: [...(certificatePolicy().credentials as []), ...(POLICY.credentials as [])] })
  const identity = (client: string | undefined): ConnectionOptions => (client === undefined ? {} : { ...made.clients[client] })

  for (const version of VERSIONS) {
    for (const { name, client, heard } of CERTIFICATE_CASES) {
      define(`${typeof heard === 'string' ? 'refuses' : 'lets in'} ${name} over ${version}, also on a resumed session`, async () => {
        await using served = await serve(mount, { guard: certificatePolicy() })
        const tls = { ...identity(client), minVersion: version, maxVersion: version }
        await using first = await served.open(tls)
        const status = typeof heard === 'string' ? 403 : 200
        expect(inspect(await first.ask(requestText('/metrics'))).status).toBe(status)
        const session = (first.socket as unknown as { getSession(): Buffer }).getSession()
        await using second = await served.open({ ...tls, session })
        expect((second.socket as unknown as { isSessionReused(): boolean }).isSessionReused()).toBe(true)
        expect(inspect(await second.ask(requestText('/metrics'))).status).toBe(status)
        expect(heardOf(served.events)).toEqual([heard, heard])
      })
    }

    define(`gives a session of one client to no other over ${version}`, async () => {
      await using served = await serve(mount, { guard: certificatePolicy() })
      const tls = { minVersion: version, maxVersion: version }
      await using nobody = await served.open(tls)
      expect(inspect(await nobody.ask(requestText('/metrics'))).status).toBe(403)
      const session = (nobody.socket as unknown as { getSession(): Buffer }).getSession()
      await using resumed = await served.open({ ...tls, ...identity('right'), session })
      expect(inspect(await resumed.ask(requestText('/metrics'))).status).toBe(403)
    })
  }

  define('takes a password where the certificate is wrong', async () => {
    await using served = await serve(mount, { guard: mixedPolicy() })
    const statuses: number[] = []
    for (const lines of [[], [RIGHT]]) {
      await using wire = await served.open(identity('foreign'))
      statuses.push(inspect(await wire.ask(requestText('/metrics', lines))).status)
    }
    expect(statuses).toEqual([401, 200])
    expect(heardOf(served.events)).toEqual(['bad_credentials', { principal: 'prometheus' }])
  })

  define('takes a certificate where the password is wrong', async () => {
    await using served = await serve(mount, { guard: mixedPolicy() })
    await using wire = await served.open(identity('right'))
    expect(inspect(await wire.ask(requestText('/metrics', [basicLine('prometheus', WRONG)]))).status).toBe(200)
  })

  define('refuses a certificate whose life ends on an open connection', async () => {
    let now = Date.now()
    await using served = await serve(mount, { guard: certificatePolicy(), now: () => now })
    await using wire = await served.open(identity('right'))
    const before = inspect(await wire.ask(requestText('/metrics'))).status
    now += 60 * 24 * HOUR
    expect([before, inspect(await wire.ask(requestText('/metrics'))).status]).toEqual([200, 403])
    expect(heardOf(served.events)).toEqual([{ principal: 'prometheus.example' }, 'expired_credentials'])
  })

  define('outlives plain HTTP and garbage on its TLS port', async () => {
    await using served = await serve(mount)
    for (const bytes of [requestText('/metrics', [RIGHT]), Buffer.alloc(512, 0xff), Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])]) {
      await using wire = await connect(served.url.replace('https:', 'http:'))
      wire.send(bytes)
      wire.socket.end()
      await wire.ended()
    }
    await using wire = await served.open()
    expect(inspect(await wire.ask(requestText('/metrics', [RIGHT]))).status).toBe(200)
    expect(heardOf(served.events)).toEqual([{ principal: 'prometheus' }])
  })
}
