/** A gateway behind proxies: on a unix socket, with PROXY protocol, with X-Forwarded-For; and whom its guard then judges. */
import { readdirSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { connect, requestText, temporaryFolder, type Wire } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { startGateway } from '../support/gateway.ts'
import { CONTENT_TYPE, EXPOSITION, startUpstream } from '../support/upstream.ts'

const upstreamOf = () => startUpstream((_, response) => void response.writeHead(200, { 'content-type': CONTENT_TYPE }).end(EXPOSITION))
const guardOf = (addresses: string, proxies = ''): string => `{credentials: none, addresses: ${addresses}${proxies}}`
const v1 = (source: string): string => `PROXY TCP4 ${source} 10.0.0.1 4711 443\r\n`

function ask(socketPath: string, headers: Record<string, string> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path: '/metrics', headers, agent: false }, (response) => {
      void text(response).then((body) => resolve(`${response.statusCode} ${body}`), reject)
    })
      .on('error', reject)
      .end()
  })
}

describe('a gateway on a unix socket', () => {
  test('serves there beside a port, and leaves nothing behind', async () => {
    await using folder = await temporaryFolder()
    await using upstream = await upstreamOf()
    const path = `${folder.path}/postern.sock`
    const gateway = await startGateway({
      upstream: `${upstream.url}/metrics`,
      listen: `["unix:${path}", "127.0.0.1:0"]`,
      guard: guardOf('{}'),
    })
    expect(gateway.origins).toEqual([`http://unix:${path}:`, expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/)])
    expect([statSync(path).mode & 0o777, await ask(path)]).toEqual([0o600, `200 ${EXPOSITION}`])
    expect((await fetch(`${gateway.origins[1]}/metrics`)).status).toBe(200)
    await gateway.close()
    expect(readdirSync(folder.path)).toEqual([])
    await gateway[Symbol.asyncDispose]()
  })

  test('has the mode of the policy', async () => {
    await using folder = await temporaryFolder()
    const path = `${folder.path}/postern.sock`
    await using _gateway = await startGateway({ listen: `["unix:${path}"]`, more: 'socket_mode: "0660"' })
    expect(statSync(path).mode & 0o777).toBe(0o660)
  })

  test('is told as in use while another gateway has it', async () => {
    await using folder = await temporaryFolder()
    const listen = `["unix:${folder.path}/postern.sock"]`
    await using _gateway = await startGateway({ listen })
    await expect(startGateway({ listen })).rejects.toMatchObject({ code: 'ERR_POSTERN_LISTEN' })
  })

  test.each([
    { addresses: '{allow: [127.0.0.0/8]}', status: '403' },
    { addresses: '{allow: [127.0.0.0/8], unix_sockets: true}', status: '200' },
    { addresses: '{unix_sockets: false}', status: '403' },
    { addresses: '{}', status: '200' },
  ])('with addresses $addresses answers $status (#57)', async ({ addresses, status }) => {
    await using folder = await temporaryFolder()
    await using upstream = await upstreamOf()
    const path = `${folder.path}/postern.sock`
    await using _gateway = await startGateway({
      upstream: `${upstream.url}/metrics`,
      listen: `["unix:${path}"]`,
      guard: guardOf(addresses),
    })
    expect((await ask(path)).slice(0, 3)).toBe(status)
  })

  test('believes what a proxy says over it where the policy does', async () => {
    await using folder = await temporaryFolder()
    await using upstream = await upstreamOf()
    const path = `${folder.path}/postern.sock`
    await using gateway = await startGateway({
      upstream: `${upstream.url}/metrics`,
      listen: `["unix:${path}"]`,
      guard: guardOf('{allow: [203.0.113.7]}', ', proxies: {trusted: [unix], header: forwarded}'),
    })
    const answers = []
    for (const forwarded of ['for=203.0.113.7', 'for=203.0.113.8', 'for=unknown'])
      answers.push((await ask(path, { forwarded })).slice(0, 3))
    expect(answers).toEqual(['200', '403', '403'])
    expect(gateway.events).toMatchObject([
      { address: '203.0.113.7', peer: 'unix' },
      { address: '203.0.113.8', peer: 'unix' },
      { address: undefined, peer: 'unix' },
    ])
  })
})

describe('a gateway behind a proxy', () => {
  test('judges the client that X-Forwarded-For names, and tells both (#53, #54)', async () => {
    await using upstream = await upstreamOf()
    await using gateway = await startGateway({
      upstream: `${upstream.url}/metrics`,
      guard: guardOf('{allow: [203.0.113.0/24]}', ', proxies: {trusted: [127.0.0.1]}'),
    })
    const ask = async (...lines: string[]): Promise<number | undefined> => {
      await using wire = await connect(gateway.url)
      return (await wire.ask(requestText('/metrics', lines)))?.status
    }
    expect([
      await ask('X-Forwarded-For: 203.0.113.7'),
      await ask('X-Forwarded-For: 203.0.113.7, 6.6.6.6'),
      await ask('X-Forwarded-For: 6.6.6.6', 'X-Forwarded-For: 203.0.113.7'),
      await ask('X-Forwarded-For: 203.0.113.7, garbage, 127.0.0.1'),
      await ask('Forwarded: for=203.0.113.7', 'X-Real-IP: 203.0.113.7', 'CF-Connecting-IP: 203.0.113.7'),
    ]).toEqual([200, 403, 200, 403, 403])
    expect(gateway.events.map((event) => event.type === 'decision' && [event.address, event.peer])).toEqual([
      ['203.0.113.7', '127.0.0.1'],
      ['6.6.6.6', '127.0.0.1'],
      ['203.0.113.7', '127.0.0.1'],
      [undefined, '127.0.0.1'],
      ['127.0.0.1', undefined],
    ])
  })

  test.each([
    { name: 'HTTP', tls: undefined },
    { name: 'TLS', tls: '{cert_file: server.crt, key_file: server.key}' },
  ])('judges the client that PROXY protocol names over $name, and closes everything else (#58)', async ({ tls }) => {
    await using upstream = await upstreamOf()
    await using gateway = await startGateway({
      upstream: `${upstream.url}/metrics`,
      guard: guardOf('{allow: [203.0.113.0/24]}'),
      more: 'proxy_protocol: {trusted: [127.0.0.1]}',
      ...(tls && { tls }),
    })
    const plain = gateway.url.replace('https', 'http')
    const begin = (wire: Wire): Wire | Promise<Wire> => (tls ? connect('https://127.0.0.1', { tls: { socket: wire.socket } }) : wire)
    const askAs = async (source: string): Promise<number | undefined> => {
      await using wire = await connect(plain)
      wire.send(v1(source))
      await using inner = await begin(wire)
      return (await inner.ask(requestText('/metrics')))?.status
    }
    expect([await askAs('203.0.113.7'), await askAs('127.0.0.1')]).toEqual([200, 403])
    for (const from of ['127.0.0.1', '127.0.0.2']) {
      await using wire = await connect(plain, { from })
      expect(await wire.ask(`${from === '127.0.0.1' ? '' : v1('203.0.113.7')}${requestText('/metrics')}`)).toBeUndefined()
    }
    expect(gateway.events.length).toBe(2)
  })
})
