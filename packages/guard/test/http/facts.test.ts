/** What a guard of one's own is told of a request. */
import { createServer } from 'node:http'
import type { Guard, RequestFacts } from '@postern/guard'
import { closeServer, guardHandler, listen } from '@postern/guard/http'
import { expect, test } from 'vitest'

test('every value of a header is among the facts, in order, and none where it was not sent', async () => {
  const heard: RequestFacts[] = []
  const guard: Guard = {
    decide: (facts) => {
      heard.push(facts)
      return Promise.resolve({ allow: false, status: 403, reason: 'principal_not_allowed', challenges: [] })
    },
    authenticates: true,
    tlsOptions: { requestCert: false, rejectUnauthorized: false, ca: [] },
    responseHeaders: {},
    warnings: [],
    reload: () => {},
    onReload: () => () => {},
    close: () => Promise.resolve(),
  }
  const server = createServer(guardHandler(guard, () => {}))
  const port = await listen(server, '127.0.0.1', 0)
  try {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`, {
      headers: [
        ['X-Tenant', 'a'],
        ['x-tenant', 'b'],
      ],
    })
    expect(response.status).toBe(403)
    expect(heard.map((facts) => [facts.header('x-tenant').join(', '), facts.header('x-other')])).toEqual([['a, b', []]])
  } finally {
    await closeServer(server, 0)
  }
})
