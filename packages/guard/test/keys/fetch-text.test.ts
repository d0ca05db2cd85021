import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type Issuer, startIssuer, startServer } from '@postern/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { discoveryUrl, readEndpoint } from '../../src/keys/endpoint.ts'
import { fetchDiscovered, fetchText } from '../../src/keys/fetch-text.ts'

let issuer: Issuer
beforeAll(async () => {
  issuer = await startIssuer({ audience: 'metrics' })
})
afterAll(() => issuer[Symbol.asyncDispose]())

const never = new AbortController().signal
const get = (): Promise<string> => fetchText(new URL('/jwks', issuer.url), [issuer.ca], never)

/** What it says when the issuer answers with `listener`. */
async function failure(listener: RequestListener, ask: () => Promise<string> = get): Promise<string> {
  issuer.answerWith(listener)
  try {
    return await ask().catch((error: Error) => error.message.replaceAll(issuer.url, 'ISSUER'))
  } finally {
    issuer.answerWith(undefined)
  }
}

describe('a document', () => {
  test('is read over TLS whose authority is named', async () => {
    expect(JSON.parse(await get())).toMatchObject({ keys: [{ kid: 'first' }] })
  })

  test('is read over plain HTTP', async () => {
    await using server = await startServer(createServer((_, response) => response.end('{"open":true}')))
    expect(await fetchText(new URL(server.url), undefined, never)).toBe('{"open":true}')
  })

  test('may be a mebibyte', async () => {
    expect(await failure((_, response) => response.end('x'.repeat(1_048_576)))).toHaveLength(1_048_576)
  })

  test.each([
    {
      name: 'a redirect',
      listener: ((_, response) => response.writeHead(302, { location: '/jwks' }).end()) as RequestListener,
      says: 'status 302 is not 200',
    },
    {
      name: 'a fault of the server',
      listener: ((_, response) => response.writeHead(500).end()) as RequestListener,
      says: 'status 500 is not 200',
    },
    {
      name: 'a byte more than a mebibyte',
      listener: ((_, response) => response.end('x'.repeat(1_048_577))) as RequestListener,
      says: 'it is larger than 1 MiB',
    },
    {
      name: 'a body that does not end',
      listener: ((_, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write('x'.repeat(65_536)));
          if (!response.destroyed) response.once('drain', more)
        }
        more()
      }) as RequestListener,
      says: 'it is larger than 1 MiB',
    },
    { name: 'a connection that ends', listener: ((request) => request.socket.destroy()) as RequestListener, says: 'socket hang up' },
    {
      name: 'a body that is cut off',
      listener: ((request, response) =>
        response.writeHead(200, { 'content-length': 10 }).write('{', () => request.socket.destroy())) as RequestListener,
      says: 'aborted',
    },
  ])('is refused for $name', async ({ listener, says }) => {
    expect(await failure(listener)).toBe(`ISSUER/jwks cannot be read: ${says}`)
  })

  test.each([
    { name: 'the public authorities', ca: undefined },
    { name: 'none', ca: [] },
  ])('is refused where $name are believed, and the process verifies nothing', async ({ ca }) => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    try {
      await expect(fetchText(new URL('/jwks', issuer.url), ca, never)).rejects.toThrow(/cannot be read: .*certificate/)
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    }
  })

  test('is given up when told, also in the middle', async () => {
    const over = new AbortController()
    const server = createServer((_, response) => response.write('{', () => over.abort()))
    await using running = await startServer(server)
    await expect(fetchText(new URL(running.url), undefined, over.signal)).rejects.toThrow(/cannot be read: .*abort/)
    const early = new AbortController()
    early.abort()
    await expect(fetchText(new URL(running.url), undefined, early.signal)).rejects.toThrow(/cannot be read: .*abort/)
  })

  test('leaves no connection behind', async () => {
    const server = createServer((_, response) => response.end('{}'))
    await using running = await startServer(server)
    const closed = once(server, 'connection').then(([socket]) => once(socket as NodeJS.EventEmitter, 'close'))
    await fetchText(new URL(running.url), undefined, never)
    await closed
  })
})

describe('discovery', () => {
  const discover = (name = issuer.url): Promise<string> => fetchDiscovered(discoveryUrl(issuer.url), name, [issuer.ca], never)
  const document =
    (value: unknown): RequestListener =>
    (_, response) =>
      response.end(JSON.stringify(value))

  test('finds the keys', async () => {
    expect(JSON.parse(await discover())).toMatchObject({ keys: [{ kid: 'first' }] })
  })

  test('believes no document of another issuer', async () => {
    await expect(discover(`${issuer.url}/`)).rejects.toThrow(
      `${issuer.url}/.well-known/openid-configuration speaks for another issuer, "${issuer.url}"`,
    )
  })

  const PLACE = 'ISSUER/.well-known/openid-configuration'
  test.each([
    { name: 'no document', value: 7, says: `${PLACE} speaks for another issuer, no text` },
    { name: 'nothing', value: null, says: `${PLACE} speaks for another issuer, no text` },
    { name: 'a list', value: [], says: `${PLACE} speaks for another issuer, no text` },
    {
      name: 'a long name',
      value: { issuer: 'x'.repeat(1_000) },
      says: `${PLACE} speaks for another issuer, "${'x'.repeat(100)}"`,
    },
  ])('refuses $name', async ({ value, says }) => {
    expect(await failure(document(value), discover)).toBe(says)
  })

  test('refuses what is no JSON', async () => {
    expect(await failure((_, response) => response.end('<html>'), discover)).toBe(`${PLACE} speaks for another issuer, no text`)
  })

  test.each([
    { place: undefined, says: 'no text for its keys, which is no URL' },
    { place: '/jwks', says: '"/jwks" for its keys, which is no URL' },
    {
      place: 'http://keys.example/',
      says: '"http://keys.example/" for its keys, which is not https, and keys from an open wire are whose the wire is',
    },
    {
      place: 'file:///etc/passwd',
      says: '"file:///etc/passwd" for its keys, which is not https, and keys from an open wire are whose the wire is',
    },
  ])('asks nobody at $place', async ({ place, says }) => {
    const listener = document({ issuer: issuer.url, jwks_uri: place })
    expect(await failure(listener, discover)).toBe(`${PLACE} names ${says}`)
  })
})

describe('an endpoint', () => {
  test.each([
    { text: 'https://issuer.example/keys', href: 'https://issuer.example/keys' },
    { text: 'http://127.0.0.1:8080/keys', href: 'http://127.0.0.1:8080/keys' },
    { text: 'http://[::1]:8080/keys', href: 'http://[::1]:8080/keys' },
    { text: 'http://localhost/keys', href: 'http://localhost/keys' },
  ])('may be $text', ({ text, href }) => {
    expect(String(readEndpoint(text))).toBe(href)
  })

  const OPEN = 'is not https, and keys from an open wire are whose the wire is'
  test.each([
    { text: 'http://issuer.example/', why: OPEN },
    { text: 'http://127.0.0.1.example/', why: OPEN },
    { text: 'http://localhost.example/', why: OPEN },
    { text: 'ftp://127.0.0.1/', why: OPEN },
    { text: 'https://user@issuer.example/', why: 'has credentials in it, and a URL is shown in logs' },
    { text: 'https://:secret@issuer.example/', why: 'has credentials in it, and a URL is shown in logs' },
    { text: 'issuer.example', why: 'is no URL' },
    { text: '', why: 'is no URL' },
    { text: undefined, why: 'is no URL' },
  ])('is not $text', ({ text, why }) => {
    expect(readEndpoint(text)).toBe(why)
  })

  test.each([
    { issuer: 'https://a.example', document: 'https://a.example/.well-known/openid-configuration' },
    { issuer: 'https://a.example/', document: 'https://a.example/.well-known/openid-configuration' },
    { issuer: 'https://a.example/realms/x', document: 'https://a.example/realms/x/.well-known/openid-configuration' },
  ])('of $issuer says $document', ({ issuer, document }) => {
    expect(discoveryUrl(issuer).href).toBe(document)
  })
})
