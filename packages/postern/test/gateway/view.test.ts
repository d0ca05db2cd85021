/** SECURITY case 63 and what of 61 concerns it: an upstream's answer through a view. */
import { deflateSync, gzipSync } from 'node:zlib'
import { connect, requestText } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { AUTHORIZATION, AUTHORIZED, GUARD, type RunningGateway, startGateway } from '../support/gateway.ts'
import { CONTENT_TYPE, startUpstream } from '../support/upstream.ts'

const VIEW = `{name: shop, families: {deny: ['bank_*']}, labels: {drop: [customer], replace: {some_pod: x}, hash: [user], hash_key: 0123456789abcdef0123456789abcdef}, redact: {patterns: [email, {name: card, expression: 'card-\\d+'}], mode: report}}`
const guard = `${GUARD.slice(0, -1)}, rules: [{name: team, view: shop}], views: [${VIEW}]}`
const BODY = '# TYPE bank_x gauge\nbank_x 1\n# TYPE up gauge\nup{customer="c",some_pod="1"} 1\n'
const SHOWN = '# TYPE up gauge\nup{some_pod="x"} 1\n'

type Answer = Parameters<typeof startUpstream>[0]
const start = async (
  answer: Answer,
): Promise<{ upstream: Awaited<ReturnType<typeof startUpstream>>; gateway: RunningGateway } & AsyncDisposable> => {
  const upstream = await startUpstream(answer)
  const gateway = await startGateway({ upstream: upstream.url, guard })
  return {
    upstream,
    gateway,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}
const answerWith =
  (headers: Record<string, string>, body: string | Uint8Array, status = 200): Answer =>
  (_, response) =>
    void response.writeHead(status, headers).end(body)

describe('an upstream behind a view (case 63)', () => {
  test.each([
    { what: 'plain', headers: { 'content-type': CONTENT_TYPE, 'content-length': String(BODY.length) }, body: BODY },
    { what: 'compressed, unasked', headers: { 'content-type': CONTENT_TYPE, 'content-encoding': 'gzip' }, body: gzipSync(BODY) },
  ])('is filtered when it answers $what', async ({ headers, body }) => {
    await using running = await start(answerWith({ ...headers, etag: '"x"' }, body))
    const { gateway, upstream } = running
    for (const coding of ['identity', 'gzip']) {
      const response = await fetch(gateway.url, {
        headers: { ...AUTHORIZED, accept: 'application/vnd.google.protobuf, text/plain;version=1.0.0', 'accept-encoding': coding },
      })
      expect([response.status, await response.text(), response.headers.get('content-encoding'), response.headers.get('etag')]).toEqual([
        200,
        SHOWN,
        coding === 'gzip' ? 'gzip' : null,
        null,
      ])
      expect(await gateway.nextScrape()).toMatchObject({ status: 200 })
    }
    expect(upstream.requests.map(({ headers: { accept, 'accept-encoding': coding } }) => [accept, coding])).toEqual([
      ['text/plain;version=1.0.0', 'identity'],
      ['text/plain;version=1.0.0', 'identity'],
    ])
    expect(gateway.events.filter(({ type }) => type === 'view')).toEqual(
      [1, 2].map(() => ({
        type: 'view',
        view: 'shop',
        principal: 'prometheus',
        hiddenFamilies: 1,
        hiddenSeries: 1,
        redacted: 0,
        reported: 0,
        unreadable: 0,
        suspects: [],
      })),
    )
  })

  test.each([
    { what: 'HTML', headers: { 'content-type': 'text/html' }, body: BODY, detail: 'the type "text/html"' },
    { what: 'no type', headers: {}, body: BODY, detail: 'the type ""' },
    {
      what: 'protobuf',
      headers: { 'content-type': 'application/vnd.google.protobuf' },
      body: BODY,
      detail: 'the type "application/vnd.google.protobuf"',
    },
    {
      what: 'deflate',
      headers: { 'content-type': CONTENT_TYPE, 'content-encoding': 'deflate' },
      body: deflateSync(BODY),
      detail: 'the coding "deflate"',
    },
  ])('is 502 when it answers $what', async ({ headers, body, detail }) => {
    await using running = await start(answerWith(headers, body))
    const response = await fetch(running.gateway.url, { headers: AUTHORIZED })
    expect([response.status, await response.text()]).toEqual([502, 'Bad Gateway\n'])
    expect(await running.gateway.nextScrape()).toMatchObject({
      status: 502,
      fault: 'not_filterable',
      detail: `the view "shop" cannot filter ${detail} of the upstream's answer`,
    })
  })

  test('is broken off where a line has no end, and where what is compressed is none (case 61)', async () => {
    const long = Buffer.concat([Buffer.from('up 1\n'), Buffer.alloc(3_000_000, 'x')])
    for (const { headers, body, fault } of [
      { headers: {}, body: long, fault: 'not_filterable' },
      { headers: { 'content-encoding': 'gzip' }, body: gzipSync(long), fault: 'not_filterable' },
      { headers: { 'content-encoding': 'gzip' }, body: gzipSync(BODY.repeat(9)).subarray(0, 40), fault: 'cut_short' },
    ]) {
      await using running = await start(answerWith({ 'content-type': CONTENT_TYPE, ...headers }, body))
      await using wire = await connect(running.gateway.url)
      const response = await wire.ask(requestText('/metrics', [AUTHORIZATION]))
      expect([response?.status, response?.complete]).toEqual([200, false])
      expect(await running.gateway.nextScrape()).toMatchObject({ status: 502, fault })
    }
  })

  test('is cut when it unpacks into more than any exposition has (case 61)', async () => {
    // One member of a gzip file after the other is one file.
    const member = gzipSync(Buffer.from(`# ${'x'.repeat(1_000_000)}\n`))
    const bomb = Buffer.concat(Array.from({ length: 280 }, () => member))
    await using running = await start(answerWith({ 'content-type': CONTENT_TYPE, 'content-encoding': 'gzip' }, bomb))
    await using wire = await connect(running.gateway.url)
    const response = await wire.ask(requestText('/metrics', [AUTHORIZATION]))
    expect([response?.complete, response?.body]).toEqual([false, ''])
    expect(await running.gateway.nextScrape()).toMatchObject({ fault: 'not_filterable' })
  })

  test('says "later" without a word more', async () => {
    await using running = await start(answerWith({ 'content-type': CONTENT_TYPE, 'retry-after': '7' }, 'bank_x 1\n', 503))
    const response = await fetch(running.gateway.url, { headers: AUTHORIZED })
    expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([503, '7', ''])
  })

  test('has no body and no length for HEAD', async () => {
    await using running = await start(
      answerWith({ 'content-type': CONTENT_TYPE, 'content-encoding': 'gzip', 'content-length': '12345' }, ''),
    )
    await using wire = await connect(running.gateway.url)
    for (const _ of [1, 2]) {
      const response = await wire.ask(requestText('/metrics', [AUTHORIZATION, 'Accept-Encoding: gzip'], 'HEAD'), 'HEAD')
      expect([response?.status, response?.all('content-length'), response?.body]).toEqual([200, [], ''])
    }
  })
})
