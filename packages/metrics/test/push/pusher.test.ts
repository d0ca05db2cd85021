import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { inspect, promisify } from 'node:util'
import { createRegistry } from '@postern/metrics'
import { describe, expect, test } from 'vitest'
import { createPusher, PushError, type Pusher, type PushSource, type PushTarget } from '../../src/push/index.ts'
import { startRecorder } from './recorder.ts'

const run = promisify(execFile)

function source(body: string | Uint8Array = 'x 1\n'): PushSource {
  return { render: async () => ({ contentType: 'text/plain; version=0.0.4', body }) }
}

const pusherTo = (url: string, target: Partial<PushTarget> = {}, registry: PushSource = source()): Pusher =>
  createPusher(registry, { url, ...target }, { job: 'a' })

/** The error of a push that must fail. */
async function failureOf(push: Promise<void>): Promise<PushError> {
  const error: unknown = await push.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof PushError)) throw new Error(`not a PushError: ${inspect(error)}`)
  return error
}

/** A gateway that says exactly these bytes to whoever connects, and ends the connection if `end`. */
async function startRaw(bytes: string, end: boolean): Promise<{ url: string; sockets: Set<Socket> } & AsyncDisposable> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    socket.once('data', () => (end ? socket.end(bytes) : socket.write(bytes)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('a TCP server has an address')
  return {
    url: `http://127.0.0.1:${address.port}`,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

describe('a push', () => {
  test('is a PUT, an addition a POST and a removal a DELETE of the group', async () => {
    await using gateway = await startRecorder()
    const registry = createRegistry()
    registry.counter({ name: 'files_total', help: 'Files.' }).inc(3)
    const pusher = createPusher(registry, { url: `${gateway.url}/prefix/` }, { job: 'backup', labels: { path: '/var' } })
    await pusher.push()
    await pusher.add()
    await pusher.remove()
    const path = '/prefix/metrics/job/backup/path@base64/L3Zhcg'
    const body = '# HELP files_total Files.\n# TYPE files_total counter\nfiles_total 3\n'
    expect(gateway.requests.map((one) => [one.method, one.path, one.body])).toEqual([
      ['PUT', path, body],
      ['POST', path, body],
      ['DELETE', path, ''],
    ])
    expect(gateway.requests[0]?.headers).toEqual({
      host: `127.0.0.1:${gateway.port}`,
      connection: 'close',
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      'content-length': String(body.length),
    })
    expect(gateway.requests[2]?.headers).toEqual({ host: `127.0.0.1:${gateway.port}`, connection: 'close' })
  })

  test.each([200, 202, 204])('has arrived when the answer is %i', async (status) => {
    await using gateway = await startRecorder({ answer: (response) => response.writeHead(status).end() })
    await pusherTo(gateway.url).push()
    expect(gateway.requests).toHaveLength(1)
  })

  test('has arrived with the status of a success, whatever else trickles in', async () => {
    await using gateway = await startRaw('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx', false)
    await pusherTo(gateway.url).push()
    for (const socket of gateway.sockets) await once(socket, 'close')
    expect(gateway.sockets.size).toBe(0)
  })

  test.each([
    { name: 'text', body: `x{a="${'é'.repeat(507)}"} 1\n` },
    { name: 'bytes', body: Buffer.from(`x{a="${'é'.repeat(507)}"} 1\n`) },
  ])('of 1 024 bytes is compressed when it is $name', async ({ body }) => {
    await using gateway = await startRecorder()
    const smaller = String(body).replace('é', 'a')
    expect([Buffer.byteLength(body), Buffer.byteLength(smaller)]).toEqual([1024, 1023])
    await pusherTo(gateway.url, {}, source(body)).push()
    await pusherTo(gateway.url, {}, source(smaller)).push()
    await pusherTo(gateway.url, { gzip: false }, source(body)).push()
    expect(gateway.requests.map((one) => one.headers['content-encoding'])).toEqual(['gzip', undefined, undefined])
    expect(gateway.requests.map((one) => one.body)).toEqual([String(body), smaller, String(body)])
    const [compressed, plain] = gateway.requests.map((one) => Number(one.headers['content-length']))
    expect(compressed).toBeLessThan(200)
    expect(plain).toBe(1023)
  })

  test('asks for text 0.0.4, unless the target says otherwise', async () => {
    await using gateway = await startRecorder()
    const asked: (string | undefined)[] = []
    const registry: PushSource = {
      async render({ accept }) {
        asked.push(accept)
        return { contentType: 'text/plain', body: '' }
      },
    }
    await pusherTo(gateway.url, {}, registry).push()
    await pusherTo(gateway.url, { accept: 'application/x' }, registry).push()
    expect(asked).toEqual(['text/plain;version=0.0.4', 'application/x'])
  })

  test('shows who pushes', async () => {
    await using gateway = await startRecorder()
    await pusherTo(gateway.url, { authorization: { type: 'bearer', token: 'tok' } }).push()
    await pusherTo(gateway.url, { authorization: { type: 'basic', username: 'job', password: 's3cret' } }).remove()
    expect(gateway.requests.map((one) => one.headers.authorization)).toEqual(['Bearer tok', 'Basic am9iOnMzY3JldA=='])
  })

  test('leaves nothing behind that would keep the process alive, whatever the gateway still does', async () => {
    await using gateway = await startRaw('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx', false)
    const script = `
      const { createPusher, pushEvery } = await import(${JSON.stringify(import.meta.resolve('../../src/push/index.ts'))})
      const registry = { render: async () => ({ contentType: 'text/plain', body: 'x 1' }) }
      const pusher = createPusher(registry, { url: ${JSON.stringify(gateway.url)}, timeoutMilliseconds: 60_000 }, { job: 'a' })
      pushEvery(pusher, { intervalMilliseconds: 60_000, onError() {} })
      await pusher.push()
      console.log('pushed')`
    const { stdout } = await run(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], { timeout: 12_000 })
    expect(stdout).toBe('pushed\n')
  })
})

describe('pushes that are asked for together', () => {
  test('arrive one after the other, each rendered in its turn', async () => {
    let value = 0
    let release = (): void => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    let arrived = (): void => {}
    const first = new Promise<void>((resolve) => {
      arrived = resolve
    })
    await using gateway = await startRecorder({
      async answer(response) {
        arrived()
        await held
        response.end()
      },
    })
    const registry: PushSource = { render: async () => ({ contentType: 'text/plain', body: `x ${value}\n` }) }
    const pusher = pusherTo(gateway.url, {}, registry)
    const pushes = [pusher.push()]
    await first
    value = 1
    pushes.push(pusher.push())
    value = 2
    pushes.push(pusher.push(), pusher.remove(), pusher.push())
    value = 3
    release()
    await Promise.all(pushes)
    expect(gateway.requests.map((one) => `${one.method} ${one.body.trim()}`)).toEqual(['PUT x 0', 'PUT x 3', 'DELETE ', 'PUT x 3'])
  })
})

describe('an answer that is no success', () => {
  test.each<{ name: string; status: number; body: string; message: string; shown: string }>([
    {
      name: 'is told in the words of the gateway',
      status: 400,
      body: 'pushed metrics are invalid or inconsistent\n',
      message: ' answered PUT with 400. It said: pushed metrics are invalid or inconsistent',
      shown: 'pushed metrics are invalid or inconsistent',
    },
    {
      name: 'without words is its status',
      status: 500,
      body: '',
      message: ' answered PUT with 500.',
      shown: '',
    },
    {
      name: 'of a guard leads to the credentials',
      status: 401,
      body: 'Unauthorized\n',
      message: ' answered PUT with 401. Look at authorization, or at the certificate in tls. It said: Unauthorized',
      shown: 'Unauthorized',
    },
    {
      name: 'of another place leads to the url',
      status: 404,
      body: '404 page not found\n',
      message: ' answered PUT with 404. Look at the path of the url: /metrics/job/… is added to it. It said: 404 page not found',
      shown: '404 page not found',
    },
    {
      name: 'obeys no terminal and repeats no credential',
      status: 502,
      body: '\u001b[2J<p>Authorization: Basic am9iOnMzY3JldA==</p> s3cret',
      message: ' answered PUT with 502. It said: \ufffd[2J<p>Authorization: Basic …</p> …',
      shown: '\ufffd[2J<p>Authorization: Basic …</p> …',
    },
  ])('$name', async ({ status, body, message, shown }) => {
    await using gateway = await startRecorder({ answer: (response) => response.writeHead(status).end(body) })
    const error = await failureOf(pusherTo(gateway.url, { authorization: { type: 'basic', username: 'job', password: 's3cret' } }).push())
    expect(error.message).toBe(`The Pushgateway at ${gateway.url}${message}`)
    expect(error).toMatchObject({ reason: 'answered_with_error', status, body: shown })
    expect(inspect(error)).not.toContain('s3cret')
  })

  test('is read as far as is needed, and no further', async () => {
    await using gateway = await startRaw(`HTTP/1.1 400 Bad Request\r\n\r\n${'no '.repeat(10_000)}`, false)
    const error = await failureOf(pusherTo(gateway.url).push())
    expect(error.body).toBe(`${'no '.repeat(167).slice(0, 500)}…`)
    for (const socket of gateway.sockets) await once(socket, 'close')
    expect(gateway.sockets.size).toBe(0)
  })

  test('that trickles is told as far as it came in time', async () => {
    await using gateway = await startRaw('HTTP/1.1 400 Bad Request\r\nContent-Length: 1000\r\n\r\ninconsist', false)
    const error = await failureOf(pusherTo(gateway.url, { timeoutMilliseconds: 200 }).push())
    expect(error).toMatchObject({ reason: 'answered_with_error', status: 400, body: 'inconsist' })
  })

  test('that comes before the body was read is heard', async () => {
    await using gateway = await startRaw('HTTP/1.1 413 Payload Too Large\r\nConnection: close\r\nContent-Length: 7\r\n\r\ntoo big', true)
    const error = await failureOf(pusherTo(gateway.url, { gzip: false }, source('x 1\n'.repeat(2_000_000))).push())
    expect(error).toMatchObject({ reason: 'answered_with_error', status: 413, body: 'too big' })
  })

  test.each([
    { name: 'with a place', suffix: '/\u009b', shown: '/Â\ufffd' },
    { name: 'without a place', suffix: undefined, shown: '' },
  ])('of a redirect $name is not followed', async ({ suffix, shown }) => {
    await using elsewhere = await startRecorder()
    const head = suffix === undefined ? '' : `Location: ${elsewhere.url}${suffix}\r\n`
    await using gateway = await startRaw(`HTTP/1.1 307 Temporary Redirect\r\n${head}Content-Length: 0\r\n\r\n`, true)
    const error = await failureOf(pusherTo(gateway.url).push())
    const place = suffix === undefined ? '' : ` to "${elsewhere.url}${shown}"`
    expect(error.message).toBe(
      `The Pushgateway at ${gateway.url} answered PUT with 307, a redirect${place} that is not followed. Write the url of the gateway itself.`,
    )
    expect(error).toMatchObject({ reason: 'redirected', status: 307 })
    expect(elsewhere.requests).toEqual([])
  })

  test('is not tried again, and the next push goes out', async () => {
    let status = 503
    await using gateway = await startRecorder({ answer: (response) => response.writeHead(status).end() })
    const pusher = pusherTo(gateway.url)
    expect(await failureOf(pusher.push())).toMatchObject({ status: 503 })
    status = 200
    await pusher.push()
    expect(gateway.requests).toHaveLength(2)
  })
})

describe('no answer', () => {
  test.each([
    { name: 'never', bytes: '' },
    { name: 'only a header that goes on', bytes: 'HTTP/1.1 200 OK\r\nX-Long: ' },
    { name: 'only that it will', bytes: 'HTTP/1.1 102 Processing\r\n\r\n' },
  ])('ends with the time when the gateway says $name', async ({ bytes }) => {
    await using gateway = await startRaw(bytes, false)
    const error = await failureOf(pusherTo(gateway.url, { timeoutMilliseconds: 200 }).push())
    expect(error.message).toBe(
      `The push to ${gateway.url} was not over within 200 ms. Raise timeoutMilliseconds if the gateway, or the registry, is that slow.`,
    )
    expect(error).toMatchObject({ reason: 'timed_out', status: undefined, body: undefined })
    for (const socket of gateway.sockets) await once(socket, 'close')
  })

  test('ends with the time when the registry does not render, and nothing is sent afterwards', async () => {
    await using gateway = await startRecorder()
    let render = (): void => {}
    const registry: PushSource = {
      render: () =>
        new Promise((resolve) => {
          render = () => resolve({ contentType: 'text/plain', body: 'old 1\n' })
        }),
    }
    const pusher = pusherTo(gateway.url, { timeoutMilliseconds: 100 }, registry)
    expect(await failureOf(pusher.push())).toMatchObject({ reason: 'timed_out' })
    render()
    await pusher.remove()
    expect(gateway.requests.map((one) => one.method)).toEqual(['DELETE'])
  })

  test.each([
    { name: 'an end without a word', bytes: '', text: 'socket hang up' },
    { name: 'something else than HTTP', bytes: 'SSH-2.0-x\r\n', text: /^Parse Error: Expected HTTP/ },
    {
      name: 'a change of protocols',
      bytes: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
      text: /ended without an answer|hang up/,
    },
  ])('is told when there is $name', async ({ bytes, text }) => {
    await using gateway = await startRaw(bytes, true)
    const error = await failureOf(pusherTo(gateway.url).push())
    expect(error).toMatchObject({ reason: 'unreachable', status: undefined })
    const [, shown] = /^The push to http:\/\/127\.0\.0\.1:\d+ failed: (.*)\. Look at url, and at tls where/.exec(error.message) ?? []
    expect(shown).toMatch(text)
    expect(error.cause).toBeInstanceOf(Error)
  })

  test('is told when nobody listens, with every address that was tried', async () => {
    const gone = await startRecorder()
    await gone.close()
    const error = await failureOf(pusherTo(`http://localhost:${gone.port}`).push())
    expect(error.message).toContain(`connect ECONNREFUSED 127.0.0.1:${gone.port}`)
    expect(error.reason).toBe('unreachable')
  })
})

describe('a registry that fails', () => {
  test.each<{ name: string; registry: PushSource; cause: RegExp }>([
    { name: 'with an error', registry: { render: () => Promise.reject(new Error('no disk')) }, cause: /^no disk$/ },
    {
      name: 'with a type that no header can carry',
      registry: { render: async () => ({ contentType: 'text/plain\r\nX: y', body: '' }) },
      cause: /^Invalid character in header content/,
    },
  ])('$name has nothing sent', async ({ registry, cause }) => {
    await using gateway = await startRecorder()
    const error = await failureOf(pusherTo(gateway.url, {}, registry).push())
    expect(error.message).toBe(`The push to ${gateway.url} failed: the registry could not be rendered. Its error is the cause.`)
    expect(error.reason).toBe('not_rendered')
    expect((error.cause as Error).message).toMatch(cause)
    expect(gateway.requests).toEqual([])
  })
})

describe('a signal', () => {
  test('ends a push under way, and its connection', async () => {
    await using gateway = await startRaw('', false)
    const controller = new AbortController()
    const push = pusherTo(gateway.url).push({ signal: controller.signal })
    while (gateway.sockets.size === 0) await new Promise((resolve) => setImmediate(resolve))
    controller.abort(new Error('the job is over'))
    const error = await failureOf(push)
    expect(error.message).toBe(`The push to ${gateway.url} was ended by its signal.`)
    expect(error).toMatchObject({ reason: 'aborted', cause: new Error('the job is over') })
    for (const socket of gateway.sockets) await once(socket, 'close')
  })

  test('that has ended sends nothing', async () => {
    await using gateway = await startRecorder()
    const pusher = pusherTo(gateway.url)
    expect(await failureOf(pusher.push({ signal: AbortSignal.abort() }))).toMatchObject({ reason: 'aborted' })
    await pusher.remove()
    expect(gateway.requests.map((one) => one.method)).toEqual(['DELETE'])
  })
})

test('a pusher shows no credentials to those who print it', () => {
  const pusher = pusherTo('https://gw.example', { authorization: { type: 'basic', username: 'job', password: 's3cret' } })
  expect(inspect(pusher, { depth: null, showHidden: true })).not.toMatch(/s3cret|am9i/)
  expect(JSON.stringify(pusher)).toBe('{}')
})

test('a fault of target or grouping is thrown before anything is pushed', () => {
  expect(() => createPusher(source(), { url: 'http://gw.example' }, { job: '' })).toThrow(TypeError)
  expect(() => createPusher(source(), { url: 'gw' }, { job: 'a' })).toThrow(TypeError)
})
