/** Node keeps a number of header fields and drops what comes behind them: what a proxy added there must not be missed in silence. */
import { createServer, type Server } from 'node:http'
import { createGuard, type GuardEvent } from '@postern/guard'
import { closeServer, guardHandler, listen } from '@postern/guard/http'
import { connect, requestText, startServer } from '@postern/testkit'
import { describe, expect, test } from 'vitest'

/** A guard's server, and as whom it judges a client that says it is 192.0.2.1, and of whom the proxy says otherwise behind many fields. */
function serve(addresses: object): { readonly server: Server; readonly ask: (url: string, count: number) => Promise<unknown> } {
  const events: GuardEvent[] = []
  const policy = { credentials: 'none' as const, addresses, proxies: { trusted: ['127.0.0.1'] } }
  const guard = createGuard(policy, { onEvent: (event) => events.push(event) })
  const server = createServer(guardHandler(guard, (_request, response) => void response.end('mine')))
  return {
    server,
    async ask(url, count) {
      await using wire = await connect(url)
      const fields = Array.from({ length: count - 3 }, () => 'a:b')
      const answer = await wire.ask(requestText('/metrics', ['X-Forwarded-For: 192.0.2.1', ...fields, 'X-Forwarded-For: 6.6.6.6']))
      const event = events.at(-1)
      return [answer?.status, event?.type === 'decision' && event.address]
    },
  }
}

describe('the word of a proxy behind many fields of its client (#53)', () => {
  test.each([
    { count: 999, kept: undefined, heard: [403, '6.6.6.6'] },
    { count: 1_000, kept: undefined, heard: [403, undefined] },
    { count: 2_500, kept: undefined, heard: [403, undefined] },
    { count: 99, kept: 100, heard: [403, '6.6.6.6'] },
    { count: 500, kept: 100, heard: [403, undefined] },
    { count: 2_500, kept: 0, heard: [403, '6.6.6.6'] },
  ])('is heard, or nobody is: $count of them, where $kept are kept', async ({ count, kept, heard }) => {
    const { server, ask } = serve({ allow: ['192.0.2.1'] })
    if (kept !== undefined) server.maxHeadersCount = kept
    await using running = await startServer(server)
    expect(await ask(running.url, count)).toEqual(heard)
  })

  test('that may be missing makes a request malformed where every address may speak', async () => {
    const { server, ask } = serve({})
    await using running = await startServer(server)
    expect([await ask(running.url, 999), await ask(running.url, 2_500)]).toEqual([
      [200, '6.6.6.6'],
      [400, undefined],
    ])
  })

  test('is heard by a server of ours, however many there are', async () => {
    const { server, ask } = serve({})
    const url = `http://127.0.0.1:${await listen(server, '127.0.0.1', 0)}`
    expect(await ask(url, 2_500)).toEqual([200, '6.6.6.6'])
    await closeServer(server, 0)
  })
})
