import { once } from 'node:events'
import { createServer } from 'node:http'
import { Server } from 'node:net'
import { closeServer, listen, SERVER_DEFAULTS } from '@postern/guard/http'
import { connect, describeFault, requestText } from '@postern/testkit'
import { afterEach, describe, expect, test, vi } from 'vitest'

afterEach(() => {
  vi.restoreAllMocks()
})

test('listens for a server of your own and tells its port', async () => {
  const server = createServer((_request, response) => void response.end('mine'))
  const port = await listen(server, '127.0.0.1', 0)
  await using wire = await connect(`http://127.0.0.1:${port}`)
  expect((await wire.ask(requestText('/')))?.body).toBe('mine')
  expect(server.maxConnections).toBe(SERVER_DEFAULTS.maxConnections)
  await closeServer(server, 0)
})

test('gives up on a client that sends half a request', async () => {
  const server = createServer({ ...SERVER_DEFAULTS, headersTimeout: 50, connectionsCheckingInterval: 20 })
  const port = await listen(server, '127.0.0.1', 0)
  await using wire = await connect(`http://127.0.0.1:${port}`)
  wire.send('GET / HTTP/1.1\r\nHost: a')
  expect((await wire.read())?.status).toBe(408)
  await closeServer(server, 0)
})

describe('closing', () => {
  test('a server that never listened is closed', async () => {
    await closeServer(createServer(), 0)
  })

  test('cuts an answer that nobody finishes when the grace is over', async () => {
    const server = createServer((_request, response) => void response.writeHead(200).write('begun'))
    const port = await listen(server, '127.0.0.1', 0)
    await using wire = await connect(`http://127.0.0.1:${port}`)
    wire.send(requestText('/'))
    await once(wire.socket, 'readable')
    await closeServer(server, 1)
    await wire.ended()
  })
})

describe('what is refused', () => {
  const end = 'End the other program, or listen on another address or port.'
  const refusal = (port: number): Promise<unknown> => listen(createServer(), '127.0.0.1', port).catch(describeFault)

  test.each([
    { code: 'EADDRNOTAVAIL', why: 'this machine has no such address' },
    { code: 'EACCES', why: 'this user may not listen there' },
    { code: 'ENOTFOUND', why: 'the name has no address' },
    { code: 'EOTHER', why: 'in the words of the system' },
    { code: undefined, why: 'in the words of the system' },
  ])('an address that fails with $code', async ({ code, why }) => {
    vi.spyOn(Server.prototype, 'listen').mockImplementationOnce(function (this: Server) {
      queueMicrotask(() => this.emit('error', Object.assign(new Error('in the words of the system'), code === undefined ? {} : { code })))
      return this
    })
    expect(await refusal(9)).toEqual({
      code: 'ERR_POSTERN_LISTEN',
      path: [],
      message: `cannot listen on 127.0.0.1 port 9: ${why}`,
      fix: end,
    })
  })
})
