/** What every way in must count, as data: the same requests to the same application leave the same series. */
import { once } from 'node:events'
import { connect, requestText, startServer, type Wire } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { type Measured, measure } from './harness.ts'
import { type Controls, SHOPS, type Shop } from './shop.ts'

interface Sent {
  readonly name: string
  readonly method?: string
  readonly target: string
  readonly lines?: readonly string[]
  readonly body?: string
  /** What the client sees. */
  readonly status: number
  /** What is counted; nothing for a request that leaves no trace. */
  readonly counted: string | undefined
  /** Bytes, where they do not hang on the framework. */
  readonly received?: number
  readonly sent?: number
}

const CHUNKED = 'Transfer-Encoding: chunked'
const LENGTH = 'Content-Length: 5'

const REQUESTS: readonly Sent[] = [
  { name: 'the root', target: '/', status: 200, counted: 'GET / 200', received: 0, sent: 5 },
  { name: 'a parameter as its name', target: '/users/42', status: 200, counted: 'GET /users/:id 200', received: 0, sent: 5 },
  { name: 'a parameter with an escape', target: '/users/%2e%20', status: 200, counted: 'GET /users/:id 200' },
  { name: 'a query as no part of the route', target: '/users/42?a=/api', status: 200, counted: 'GET /users/:id 200' },
  { name: 'a mounted router with its whole template', target: '/api/items/7', status: 200, counted: 'GET /api/items/:id 200' },
  { name: 'a path of no route', target: '/nowhere/42', status: 404, counted: 'GET unmatched 404' },
  { name: 'a path of no route below a mount', target: '/api/nowhere', status: 404, counted: 'GET unmatched 404' },
  { name: 'a route that finds nothing', target: '/gone', status: 404, counted: 'GET /gone 404' },
  { name: 'a handler that throws', target: '/fail', status: 500, counted: 'GET /fail 500' },
  { name: 'a handler that rejects', target: '/reject', status: 500, counted: 'GET /reject 500' },
  { name: 'an answer without a body', target: '/empty', status: 204, counted: 'GET /empty 204', received: 0, sent: 0 },
  { name: 'an answer that is ended twice', target: '/twice', status: 200, counted: 'GET /twice 200', sent: 5 },
  {
    name: 'a body of known length',
    method: 'POST',
    target: '/users',
    lines: [LENGTH],
    body: 'abcde',
    status: 201,
    counted: 'POST /users 201',
    received: 5,
    sent: 7,
  },
  {
    name: 'a body in chunks',
    method: 'POST',
    target: '/users',
    lines: [CHUNKED],
    body: '3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n',
    status: 201,
    counted: 'POST /users 201',
    received: 7,
    sent: 7,
  },
  {
    name: 'a body that waits to be asked for',
    method: 'POST',
    target: '/users',
    lines: [LENGTH, 'Expect: 100-continue'],
    body: 'abcde',
    status: 201,
    counted: 'POST /users 201',
    received: 5,
  },
  {
    name: 'a request to upgrade that nobody takes up',
    target: '/',
    lines: ['Connection: Upgrade', 'Upgrade: websocket'],
    status: 200,
    counted: 'GET / 200',
  },
  { name: 'a request to end the connection', target: '/', lines: ['Connection: close'], status: 200, counted: 'GET / 200' },
  { name: 'no scrape', target: '/metrics', status: 200, counted: undefined },
]

interface Served extends AsyncDisposable, Measured {
  readonly url: string
  readonly controls: Controls
  open(): Promise<Wire>
}

async function serve(shop: Shop): Promise<Served> {
  const measured = measure({ ignore: ({ url }) => url === '/metrics' })
  const controls: Controls = { onHang: () => {}, release: Promise.resolve() }
  const running = await startServer(await shop.build(measured.metrics, controls))
  const open = (): Promise<Wire> => connect(running.url)
  return { ...measured, url: running.url, controls, open, [Symbol.asyncDispose]: () => running.close() }
}

const labels = (counted: string): string => {
  const [method, route, status] = counted.split(' ')
  return `{method="${method}",route="${route}",status="${status}"}`
}

/** The method to read the answer by: like one to HEAD, a 204 ends with its head. */
const bodyOf = ({ status, method }: Sent): string | undefined => (status === 204 ? 'HEAD' : method)

async function countsRequest(shop: Shop, row: Sent): Promise<void> {
  await using served = await serve(shop)
  await using wire = await served.open()
  const { method = 'GET', target, lines, body = '', status, counted } = row
  expect((await wire.ask(requestText(target, lines, method) + body, bodyOf(row)))?.status).toBe(status)
  await served.settled(counted === undefined ? 0 : 1)
  expect(await served.counts()).toEqual(counted === undefined ? {} : { [counted]: 1 })
  if (counted === undefined) return
  expect(await served.value(`http_request_duration_seconds_count${labels(counted)}`)).toBe(1)
  expect(await served.value(`http_request_duration_seconds_sum${labels(counted)}`)).toBeGreaterThan(0)
  if (row.received !== undefined) expect(await served.value(`http_request_size_bytes_sum${labels(counted)}`)).toBe(row.received)
  if (row.sent !== undefined) expect(await served.value(`http_response_size_bytes_sum${labels(counted)}`)).toBe(row.sent)
  expect(served.warnings).toEqual([])
}

/** More than one request and answer. */
const CONVERSATIONS: Readonly<Record<string, (shop: Shop) => Promise<void>>> = {
  async 'counts HEAD under its own name, without a body'(shop) {
    await using served = await serve(shop)
    await using wire = await served.open()
    const status = (await wire.ask(requestText('/users/42', [], 'HEAD'), 'HEAD'))?.status
    await served.settled(1)
    expect(await served.counts()).toEqual({ [`HEAD /users/:id ${status}`]: 1 })
    expect(await served.value(`http_response_size_bytes_sum${labels(`HEAD /users/:id ${status}`)}`)).toBe(0)
  },

  async 'counts OPTIONS, and methods nobody knows as one'(shop) {
    await using served = await serve(shop)
    for (const method of ['OPTIONS', 'PROPFIND', 'PURGE', 'M-SEARCH']) {
      await using wire = await served.open()
      await wire.ask(requestText('/nowhere', [], method))
    }
    await served.settled(4)
    const methods = Object.keys(await served.counts()).map((key) => key.split(' ').slice(0, 2).join(' '))
    expect(new Set(methods)).toEqual(new Set(['OPTIONS unmatched', 'other unmatched']))
  },

  async 'counts a path with a broken escape'(shop) {
    await using served = await serve(shop)
    await using wire = await served.open()
    await wire.ask(requestText('/users/%'))
    await served.settled(1)
    expect(JSON.stringify(await served.counts())).not.toContain('%')
  },

  async 'counts each request of a connection that is kept'(shop) {
    await using served = await serve(shop)
    await using wire = await served.open()
    for (const target of ['/', '/users/1', '/users/2', '/nowhere']) await wire.ask(requestText(target))
    await served.settled(4)
    expect(await served.counts()).toEqual({ 'GET / 200': 1, 'GET /users/:id 200': 2, 'GET unmatched 404': 1 })
  },

  async 'counts requests that come at once on one connection, each with its own sizes'(shop) {
    await using served = await serve(shop)
    await using wire = await served.open()
    const post = requestText('/users', [LENGTH], 'POST')
    wire.send(`${requestText('/')}${post}abcde${requestText('/users/3')}`)
    expect([(await wire.read())?.status, (await wire.read())?.status, (await wire.read())?.status]).toEqual([200, 201, 200])
    await served.settled(3)
    expect(await served.counts()).toEqual({ 'GET / 200': 1, 'GET /users/:id 200': 1, 'POST /users 201': 1 })
    expect(await served.value(`http_request_size_bytes_sum${labels('POST /users 201')}`)).toBe(5)
    expect(await served.value(`http_request_size_bytes_sum${labels('GET / 200')}`)).toBe(0)
    expect(await served.value(`http_response_size_bytes_sum${labels('GET /users/:id 200')}`)).toBe(5)
  },

  async 'counts a stream when it ends, with all of its bytes'(shop) {
    await using served = await serve(shop)
    let release = (): void => {}
    served.controls.release = new Promise((resolve) => {
      release = resolve
    })
    await using wire = await served.open()
    wire.send(requestText('/stream'))
    await once(wire.socket, 'readable')
    expect([await served.value('http_requests_in_flight'), await served.counts()]).toEqual([1, {}])
    release()
    expect((await wire.read())?.body).toBe('0123456789abcdefghij')
    await served.settled(1)
    expect(await served.counts()).toEqual({ 'GET /stream 200': 1 })
    expect(await served.value(`http_response_size_bytes_sum${labels('GET /stream 200')}`)).toBe(20)
  },

  async 'counts a client that leaves before its answer as aborted'(shop) {
    await using served = await serve(shop)
    await using wire = await served.open()
    const reached = new Promise<void>((resolve) => {
      served.controls.onHang = resolve
    })
    wire.send(requestText('/hang'))
    await reached
    expect(await served.value('http_requests_in_flight')).toBe(1)
    wire.socket.destroy()
    await served.settled(1)
    expect(await served.counts()).toEqual({ 'GET /hang aborted': 1 })
  },

  async 'counts a client that leaves in the middle of a stream as aborted'(shop) {
    await using served = await serve(shop)
    served.controls.release = new Promise(() => {})
    await using wire = await served.open()
    wire.send(requestText('/stream'))
    await once(wire.socket, 'readable')
    wire.socket.destroy()
    await served.settled(1)
    expect(await served.counts()).toEqual({ 'GET /stream aborted': 1 })
    expect(await served.value(`http_response_size_bytes_sum${labels('GET /stream aborted')}`)).toBe(10)
  },

  async 'counts a client that leaves in the middle of its body as aborted, with what came'(shop) {
    await using served = await serve(shop)
    await using wire = await served.open()
    wire.send(requestText('/hang'))
    await new Promise<void>((resolve) => {
      served.controls.onHang = resolve
    })
    await using other = await served.open()
    other.send(`${requestText('/users', ['Content-Length: 100'], 'POST')}abc`)
    await served.running(2)
    other.socket.destroy()
    wire.socket.destroy()
    await served.settled(2)
    expect(await served.counts()).toEqual({ 'GET /hang aborted': 1, 'POST /users aborted': 1 })
    expect(await served.value(`http_request_size_bytes_sum${labels('POST /users aborted')}`)).toBe(3)
  },

  async 'counts what waits behind another answer when the client leaves'(shop) {
    await using served = await serve(shop)
    await using wire = await served.open()
    const reached = new Promise<void>((resolve) => {
      served.controls.onHang = resolve
    })
    wire.send(requestText('/hang') + requestText('/') + requestText('/users/1'))
    await reached
    await served.running(3)
    wire.socket.destroy()
    await served.settled(3)
    expect(await served.counts()).toEqual({ 'GET / aborted': 1, 'GET /hang aborted': 1, 'GET /users/:id aborted': 1 })
  },

  async 'counts an answer that the server breaks off as aborted'(shop) {
    await using served = await serve(shop)
    await using wire = await served.open()
    expect(await wire.ask(requestText('/destroy'))).toBeUndefined()
    await served.settled(1)
    expect(await served.counts()).toEqual({ 'GET /destroy aborted': 1 })
  },

  async 'answers to the byte as without metrics'(shop) {
    const { metrics } = measure()
    const bare = { node: (listener: unknown) => listener, observe: () => () => {} }
    const pass = {
      ...bare,
      express: () => (_request: unknown, _response: unknown, next: () => void) => next(),
      fastify: () => (_instance: unknown, _options: unknown, done: () => void) => done(),
    }
    const without = {
      ...pass,
      koa: () => (_context: unknown, next: () => unknown) => next(),
      hono: () => (_context: unknown, next: () => unknown) => next(),
    }
    const heard: string[][] = []
    for (const which of [metrics, without as unknown as typeof metrics]) {
      await using running = await startServer(await shop.build(which, { onHang: () => {}, release: Promise.resolve() }))
      const answers: string[] = []
      for (const row of REQUESTS) {
        const { target, method = 'GET', lines, body = '' } = row
        await using wire = await connect(running.url)
        const response = await wire.ask(requestText(target, lines, method) + body, bodyOf(row))
        answers.push(`${response?.head.replace(/^Date: .*$/im, '')}\n${response?.body}`)
      }
      heard.push(answers)
    }
    expect(heard[0]).toEqual(heard[1])
  },

  async 'keeps to a few series under thousands of paths and methods'(shop) {
    await using served = await serve(shop)
    const methods = ['GET', 'POST', 'DELETE', 'PROPFIND', 'LOCK', 'SUBSCRIBE']
    const target = (n: number): string =>
      [`/users/secret${n}`, `/secret${n}/x`, `/api/items/secret${n}`, `/api/secret${n}`, `/secret${n}?q=${n}`][n % 5]!
    const send = async (from: number, to: number): Promise<void> => {
      await using wire = await served.open()
      for (let n = from; n < to; n++) {
        if ((await wire.ask(requestText(target(n), [], methods[n % methods.length]))) === undefined) throw new Error('the connection ended')
      }
    }
    await send(0, 60)
    await served.settled(60)
    const before = (await served.registry.render({ accept: undefined })).body.split('\n').length
    await Promise.all(Array.from({ length: 10 }, (_, part) => send(60 + part * 494, 60 + (part + 1) * 494)))
    await served.settled(5000)
    const { body } = await served.registry.render({ accept: undefined })
    expect(body.split('\n')).toHaveLength(before)
    expect(body).not.toContain('secret')
    expect(served.warnings).toEqual([])
  },
}

describe.each(SHOPS)('HTTP metrics of $name', (shop) => {
  const { skips = {} } = shop
  const cases = new Map<string, () => Promise<void>>([
    ...REQUESTS.map((row) => [`counts ${row.name}`, () => countsRequest(shop, row)] as const),
    ...Object.entries(CONVERSATIONS).map(([name, run]) => [name, () => run(shop)] as const),
  ])
  for (const [name, run] of cases) {
    if (skips[name] === undefined) test(name, run)
    else test.skip(`${name} (${skips[name]})`)
  }
  test('skips no case that there is not', () => {
    expect(Object.keys(skips).filter((name) => !cases.has(name))).toEqual([])
  })
})
