/** Connections that come, leave, dawdle and stay: what a gateway holds open, and how it ends. */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { connect, requestText } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { DEFAULTS, openGateway } from '../../src/gateway/gateway.ts'
import { AUTHORIZATION, AUTHORIZED, createQueue, GUARD, startGateway } from '../support/gateway.ts'
import { type RawRequest, responseText, startRawUpstream, startUpstream } from '../support/upstream.ts'

const SCRAPE = requestText('/metrics', [AUTHORIZATION])
const TLS = '{cert_file: server.crt, key_file: server.key}'
const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((address) => address?.address === '::1')

/** Also for a connection that is reset, which `once` would take for a failure. */
const closed = (socket: Socket): Promise<void> => new Promise((resolve) => void socket.once('close', () => resolve()))

/** An upstream that hands every request to the test. */
async function startPatientUpstream() {
  const requests = createQueue<RawRequest>()
  const upstream = await startRawUpstream(requests.put)
  return { ...upstream, next: requests.take }
}

describe('a scraper that leaves', () => {
  test('before the answer ends the request to the upstream', async () => {
    await using upstream = await startPatientUpstream()
    await using gateway = await startGateway({ upstream: upstream.url })
    await using wire = await connect(gateway.url)
    wire.send(SCRAPE)
    const { socket } = await upstream.next()
    wire.socket.destroy()
    await closed(socket)
    expect(await gateway.nextScrape()).toMatchObject({ status: 499, fault: 'client_left' })
  })

  test('in the middle of the answer ends the request to the upstream', async () => {
    await using upstream = await startPatientUpstream()
    await using gateway = await startGateway({ upstream: upstream.url })
    await using wire = await connect(gateway.url)
    wire.send(SCRAPE)
    const { socket } = await upstream.next()
    socket.write(responseText('200 OK', ['Content-Length: 100'], 'up 1\n'))
    await once(wire.socket, 'readable')
    wire.socket.destroy()
    await closed(socket)
    expect(await gateway.nextScrape()).toMatchObject({ status: 499, fault: 'client_left' })
  })

  test('while its password is being checked makes no request', async () => {
    await using upstream = await startUpstream()
    await using gateway = await startGateway({ upstream: upstream.url })
    const checking = createQueue<true>()
    const gate = createQueue<true>()
    const { guard } = gateway.config
    const slow = {
      ...guard,
      async decide(facts: Parameters<typeof guard.decide>[0]) {
        checking.put(true)
        await gate.take()
        return guard.decide(facts)
      },
    }
    const scrapes = createQueue<unknown>()
    const other = await openGateway({ ...gateway.config, guard: slow }, scrapes.put)
    await using wire = await connect(other.origins[0] ?? '')
    wire.send(SCRAPE)
    await checking.take()
    wire.socket.destroy()
    // The gateway has seen it leave once it has nothing to wait for any more.
    await other.close()
    gate.put(true)
    expect(await scrapes.take()).toMatchObject({ status: 499, fault: 'client_left' })
    expect(upstream.requests.length).toBe(0)
  })

  test('and was slow before, made the upstream wait and not the gateway hold it all', async () => {
    const megabytes = 64
    const chunk = Buffer.alloc(1_048_576, 'x')
    await using upstream = await startPatientUpstream()
    await using gateway = await startGateway({ upstream: upstream.url })
    await using wire = await connect(gateway.url)
    wire.send(SCRAPE)
    const { socket } = await upstream.next()
    socket.write(responseText('200 OK', [`Content-Length: ${megabytes * chunk.length}`]))
    for (let sent = 0; sent < megabytes; sent += 1) socket.write(chunk)
    // Nobody reads: the kernel's buffers fill, then the gateway's, and then the upstream has to wait.
    const before = process.memoryUsage().arrayBuffers
    for (let last = -1, still = 0; still < 500; still += 1) {
      const taken = socket.bytesWritten - socket.writableLength
      if (taken !== last) still = 0
      last = taken
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan((megabytes / 4) * chunk.length)
    expect(socket.writableLength).toBeGreaterThan((megabytes / 2) * chunk.length)
    wire.socket.destroy()
    await closed(socket)
    expect(await gateway.nextScrape()).toMatchObject({ fault: 'client_left' })
  })
})

describe('a scraper that is slow', () => {
  test('gets all of it', async () => {
    const body = 'x'.repeat(8_388_608)
    await using upstream = await startUpstream((_, response) => void response.end(body))
    await using gateway = await startGateway({ upstream: upstream.url })
    await using wire = await connect(gateway.url)
    const response = await wire.ask(SCRAPE)
    expect([response?.status, response?.complete, response?.body.length]).toEqual([200, true, body.length])
    expect(await gateway.nextScrape()).toMatchObject({ status: 200 })
  })
})

describe('the end of a gateway', () => {
  test('waits for the scrape in flight, takes no new connection, and ends the kept-alive ones', async () => {
    await using upstream = await startPatientUpstream()
    await using gateway = await startGateway({ upstream: upstream.url })
    await using idle = await connect(gateway.url)
    await using wire = await connect(gateway.url)
    wire.send(SCRAPE)
    const { socket } = await upstream.next()
    const ended = gateway.close(60_000)
    await expect(fetch(gateway.url, { headers: AUTHORIZED })).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
    socket.write(responseText('200 OK', ['Content-Length: 2'], 'ok'))
    expect(await wire.read()).toMatchObject({ status: 200, body: 'ok', complete: true })
    await Promise.all([ended, wire.ended(), idle.ended()])
  })

  test('cuts what is not done after its grace', async () => {
    await using upstream = await startPatientUpstream()
    await using gateway = await startGateway({ upstream: upstream.url })
    await using wire = await connect(gateway.url)
    wire.send(SCRAPE)
    const { socket } = await upstream.next()
    await Promise.all([gateway.close(1), closed(socket)])
    expect(await wire.read()).toBeUndefined()
    expect(await gateway.nextScrape()).toMatchObject({ fault: 'client_left' })
  })

  test('does not wait for a client that has said nothing', async () => {
    await using gateway = await startGateway()
    await using wire = await connect(gateway.url)
    await gateway.close(60_000)
    await wire.ended()
  })

  test('cuts a handshake that does not go on', async () => {
    await using gateway = await startGateway({ tls: TLS })
    await using wire = await connect(gateway.url.replace('https', 'http'))
    wire.send('\x16')
    await gateway.close(1)
    await wire.ended()
  })

  test('comes by itself after five seconds', () => {
    expect(DEFAULTS).toEqual({ graceMilliseconds: 5_000 })
  })
})

describe('a fault of our own', () => {
  test('ends the connection it came over and nothing else', async () => {
    await using upstream = await startUpstream()
    await using gateway = await startGateway({ upstream: upstream.url })
    let faults = 1
    const faulty = await openGateway(gateway.config, () => {
      if ((faults -= 1) >= 0) throw new Error('canary')
    })
    await using first = await connect(faulty.origins[0] ?? '')
    first.send(SCRAPE)
    await first.ended()
    await using second = await connect(faulty.origins[0] ?? '')
    expect([await second.ask(SCRAPE), await second.ask(SCRAPE)]).toMatchObject([{ status: 200 }, { status: 200 }])
    await faulty.close()
  })
})

describe('the addresses of a gateway', () => {
  test.skipIf(!hasIpv6)('localhost are both loopback addresses under one port (skipped where there is no ::1)', async () => {
    await using upstream = await startUpstream()
    await using gateway = await startGateway({ upstream: upstream.url, listen: '["localhost:0"]', tls: TLS })
    const { port, origin } = new URL(gateway.url)
    expect(gateway.origins).toEqual([`https://localhost:${port}`])
    for (const url of [origin, `https://127.0.0.1:${port}`]) {
      await using wire = await connect(url)
      expect(await wire.ask(SCRAPE)).toMatchObject({ status: 200 })
    }
    await using wire = await connect(`https://127.0.0.1:${port}`, { tls: { host: '::1' } })
    expect([wire.socket.remoteAddress, await wire.ask(SCRAPE)]).toMatchObject(['::1', { status: 200 }])
    expect(gateway.events.map((event) => 'address' in event && event.address)).toEqual(expect.arrayContaining(['127.0.0.1', '::1']))
  })

  test('are each served, and told as they are', async () => {
    await using upstream = await startUpstream()
    const listen = hasIpv6 ? '["127.0.0.1:0", "[::1]:0", "0.0.0.0:0", ":0"]' : '["127.0.0.1:0", "0.0.0.0:0"]'
    const gateway = await startGateway({ upstream: upstream.url, listen, guard: GUARD, tls: TLS })
    await using _ = gateway
    const hosts = gateway.origins.map((origin) => new URL(origin).hostname)
    expect(hosts).toEqual(hasIpv6 ? ['127.0.0.1', '[::1]', '0.0.0.0', '[::]'] : ['127.0.0.1', '0.0.0.0'])
  })

  test('that are taken are told, and those before them are given back', async () => {
    await using taken = await startUpstream()
    await using free = await startUpstream()
    await free.close()
    await expect(startGateway({ listen: `["127.0.0.1:${free.port}", "127.0.0.1:${taken.port}"]` })).rejects.toMatchObject({
      code: 'ERR_POSTERN_LISTEN',
      message: `cannot listen on 127.0.0.1 port ${taken.port}: another program listens there`,
      fix: 'End the other program, or listen on another address or port.',
    })
    await using again = await startGateway({ listen: `["127.0.0.1:${free.port}"]` })
    expect(again.origins).toEqual([`http://127.0.0.1:${free.port}`])
  })

  test.skipIf(!hasIpv6)('localhost that is half taken is not served by half (skipped where there is no ::1)', async () => {
    const other = createServer().listen(0, '::1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' ? address?.port : 0
    try {
      await expect(startGateway({ listen: `["localhost:${port}"]` })).rejects.toMatchObject({
        code: 'ERR_POSTERN_LISTEN',
        message: `cannot listen on ::1 port ${port}: another program listens there`,
      })
      await using gateway = await startGateway({ listen: `["127.0.0.1:${port}"]` })
      expect(gateway.origins).toEqual([`http://127.0.0.1:${port}`])
    } finally {
      other.close()
    }
  })
})
