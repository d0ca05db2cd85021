/** Servers on unix sockets: who may connect, what is replaced, what is left behind. */
import { once } from 'node:events'
import { lstatSync, mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { connect as connectHttp2, constants, createServer as createHttp2Server } from 'node:http2'
import { createServer as createHttpsServer, request as requestSecurely } from 'node:https'
import { connect as connectNet, createServer as createNetServer } from 'node:net'
import { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { createGuard, type Guard, type RequestFacts } from '@postern/guard'
import { closeServer, guardHandler, listenOnSocket } from '@postern/guard/http'
import { describeFault, issueCertificate, requestText, type TemporaryFolder, temporaryFolder } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { peerOf } from '../../src/http/peer.ts'

const pair = await issueCertificate({ subject: 'localhost', usage: 'serverAuth' })
const modeOf = (path: string): string => (lstatSync(path).mode & 0o777).toString(8)
const fix = 'End the other program, or name another path; what lies there and is no socket is never deleted.'

const ask = (socketPath: string): Promise<string> =>
  new Promise((resolve, reject) => {
    request({ socketPath, path: '/metrics' }, (response) => void text(response).then(resolve, reject))
      .on('error', reject)
      .end()
  })

describe('a server on a unix socket', () => {
  test.each([
    { mode: undefined, shown: '600' },
    { mode: 0o660, shown: '660' },
    { mode: 0o666, shown: '666' },
  ])('answers there, its file has mode $shown, and leaves nothing behind', async ({ mode, shown }) => {
    await using folder = await temporaryFolder()
    const path = `${folder.path}/http.sock`
    const server = createServer((_request, response) => void response.end('mine'))
    await listenOnSocket(server, path, mode)
    expect([await ask(path), modeOf(path), readdirSync(folder.path)]).toEqual(['mine', shown, ['http.sock']])
    await closeServer(server, 0)
    expect(readdirSync(folder.path)).toEqual([])
  })

  test('takes the place of a socket that nobody listens on', async () => {
    await using folder = await temporaryFolder()
    const path = `${folder.path}/http.sock`
    await leaveSocket(folder, path)
    const server = createServer((_request, response) => void response.end('mine'))
    await listenOnSocket(server, path)
    expect(await ask(path)).toBe('mine')
    await closeServer(server, 0)
  })

  test('leaves the file of its successor alone', async () => {
    await using folder = await temporaryFolder()
    const path = `${folder.path}/http.sock`
    const server = createServer()
    await listenOnSocket(server, path)
    await leaveSocket(folder, path)
    await closeServer(server, 0)
    expect(readdirSync(folder.path)).toEqual(['http.sock'])
  })

  test('ends where its file is gone already', async () => {
    await using folder = await temporaryFolder()
    const server = createServer()
    await listenOnSocket(server, `${folder.path}/http.sock`)
    await folder[Symbol.asyncDispose]()
    await closeServer(server, 0)
  })
})

/** A socket file whose program has ended without deleting it. */
async function leaveSocket(folder: TemporaryFolder, path: string): Promise<void> {
  const server = createNetServer().listen(`${folder.path}/other`)
  await once(server, 'listening')
  renameSync(`${folder.path}/other`, path)
  server.close()
  await once(server, 'close')
}

describe('a place that is refused', () => {
  const refusal = (path: string): Promise<unknown> => listenOnSocket(createServer(), path).catch(describeFault)
  const fault = (path: string, why: string): object => ({
    code: 'ERR_POSTERN_LISTEN',
    path: [],
    message: `cannot listen on the socket ${path}: ${why}`,
    fix,
  })

  test('where another program listens, which goes on', async () => {
    await using folder = await temporaryFolder()
    const path = `${folder.path}/http.sock`
    const server = createServer((_request, response) => void response.end('first'))
    await listenOnSocket(server, path)
    expect([await refusal(path), await ask(path)]).toEqual([fault(path, 'another program listens there'), 'first'])
    await closeServer(server, 0)
  })

  test.each([
    { name: 'a file', make: (path: string) => writeFileSync(path, 'mine') },
    { name: 'a folder', make: (path: string) => mkdirSync(path) },
    { name: 'a link', make: (path: string) => symlinkSync('elsewhere', path) },
  ])('where $name lies, which stays', async ({ make }) => {
    await using folder = await temporaryFolder()
    const path = `${folder.path}/http.sock`
    make(path)
    const before = lstatSync(path).ino
    expect(await refusal(path)).toEqual(fault(path, 'a file lies there that is no socket'))
    expect([lstatSync(path).ino, readdirSync(folder.path)]).toEqual([before, ['http.sock']])
  })

  test('in a folder that does not exist', async () => {
    await using folder = await temporaryFolder()
    const path = `${folder.path}/none/http.sock`
    expect(await refusal(path)).toEqual(fault(path, 'its folder does not exist'))
  })

  test('whose path the system would cut off', async () => {
    await using folder = await temporaryFolder()
    const path = `${folder.path}/${'x'.repeat(103 - folder.path.length)}`
    expect(await refusal(path)).toEqual(fault(path, 'the path is longer than 103 bytes, or than 92 for its folder'))
    const server = createServer()
    await listenOnSocket(server, path.slice(0, -1))
    await closeServer(server, 0)
    expect(readdirSync(folder.path)).toEqual([])
  })
})

/** What the guard is told of the peer, by a server of one's own that `listenOnSocket` did not start. */
describe('a peer', () => {
  const heard: RequestFacts[] = []
  const open = createGuard({ credentials: 'none' })
  const guard: Guard = {
    ...open,
    decide(facts) {
      heard.push(facts)
      return open.decide(facts)
    },
  }
  const listener = guardHandler(guard, (_request, response) => void response.end('mine'))
  const last = (): unknown => {
    const { address, unixSocket } = heard.at(-1)!
    return { address, unixSocket }
  }

  test('on a unix socket has no address and is known as such (#57)', async () => {
    await using folder = await temporaryFolder()
    const path = `${folder.path}/http.sock`
    const server = createServer(listener).listen(path)
    await once(server, 'listening')
    await ask(path)
    expect(last()).toEqual({ address: undefined, unixSocket: true })
    server.close()
    server.closeAllConnections()
  })

  test('on a unix socket is known over TLS (#57)', async () => {
    await using folder = await temporaryFolder()
    const path = `${folder.path}/https.sock`
    const server = createHttpsServer(pair, listener).listen(path)
    await once(server, 'listening')
    const answer = new Promise<string>((resolve, reject) => {
      const options = { socketPath: path, path: '/metrics', rejectUnauthorized: false, agent: false }
      requestSecurely(options, (response) => void text(response).then(resolve, reject))
        .on('error', reject)
        .end()
    })
    expect([await answer, last()]).toEqual(['mine', { address: undefined, unixSocket: true }])
    server.close()
    server.closeAllConnections()
  })

  test('on a unix socket is known over HTTP/2 (#57)', async () => {
    await using folder = await temporaryFolder()
    const path = `${folder.path}/h2.sock`
    const peers: unknown[] = []
    const server = createHttp2Server((request, response) => {
      peers.push(peerOf(request.socket), peerOf(request.socket))
      response.end('mine')
    }).listen(path)
    await once(server, 'listening')
    const session = connectHttp2('http://localhost', { createConnection: () => connectNet(path) })
    const stream = session.request({ [constants.HTTP2_HEADER_PATH]: '/metrics' })
    const unix = { address: undefined, unixSocket: true }
    expect([await text(stream), peers]).toEqual(['mine', [unix, unix]])
    session.close()
    server.close()
  })

  test('whose connection is no socket has no address and is none of a unix socket', async () => {
    const answer: Buffer[] = []
    const stream = new Duplex({ read() {}, write: (chunk: Buffer, _encoding, done) => (answer.push(chunk), done()) })
    createServer(listener).emit('connection', stream)
    stream.push(requestText('/metrics', ['Connection: close']))
    await once(stream, 'finish')
    expect([String(answer[0]).slice(0, 12), last()]).toEqual(['HTTP/1.1 200', { address: undefined, unixSocket: false }])
  })
})
