import { issueCertificate } from '@postern/testkit'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Answer, type ApiClient, createApiClient, DEFAULTS, type Deadline } from '../../src/kubernetes/client.ts'
import type { OwnToken } from '../../src/kubernetes/own-token.ts'
import {
  createCluster,
  type FakeApiServer,
  holdTimers,
  json,
  type Respond,
  silence,
  startApiServer,
  timersSet,
  turnUntil,
} from '../support/api-server.ts'

const cluster = await createCluster()
const stranger = await issueCertificate({ subject: 'kubernetes', ca: true })
const token: OwnToken = { current: () => 'own-token', renew: () => false }
const clientOf = (api: FakeApiServer, init: Partial<Parameters<typeof createApiClient>[0]> = {}): ApiClient =>
  createApiClient({ server: new URL(api.url), authorities: [cluster.ca.cert], token, elapsed: Date.now, random: () => 0, ...init })

/** A deadline as long as that of a review. */
function deadline(): Deadline & { abort(): void } {
  const end = new AbortController()
  return { at: Date.now() + DEFAULTS.deadlineMilliseconds, signal: end.signal, abort: () => end.abort() }
}

const PATH = '/apis/authentication.k8s.io/v1/tokenreviews'
const post = (client: ApiClient, until: Deadline = deadline()): Promise<Answer> => client.post(PATH, { kind: 'TokenReview' }, until)

beforeEach(holdTimers)
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('a call that is answered', () => {
  test.each([200, 201])('with %i is the answer', async (status) => {
    await using api = await startApiServer(cluster, json(status, { kind: 'TokenReview' }))
    const client = clientOf(api)
    expect(await post(client)).toEqual({ body: { kind: 'TokenReview' } })
    expect(api.asked).toEqual([{ path: PATH, authorization: 'Bearer own-token', body: { kind: 'TokenReview' } }])
    client.close()
  })

  test('goes below the path of the server', async () => {
    await using api = await startApiServer(cluster, json(200, {}))
    const client = clientOf(api, { server: new URL(`${api.url}/k8s/clusters/c-1/`) })
    await post(client)
    expect(api.asked[0]?.path).toBe(`/k8s/clusters/c-1${PATH}`)
    client.close()
  })

  test('leaves its connection for the next', async () => {
    await using api = await startApiServer(cluster, json(200, {}))
    const ports = new Set<number | undefined>()
    api.respond = (response, asked) => {
      ports.add(response.req.socket.remotePort)
      json(200, {})(response, asked)
    }
    const client = clientOf(api)
    for (let call = 0; call < 3; call += 1) await post(client)
    expect(ports.size).toBe(1)
    client.close()
  })
})

describe('a call that fails for good', () => {
  const NOTHING_MORE = 1
  test.each<{ name: string; respond: Respond; failure: string }>([
    { name: 'a redirection', respond: json(302, {}, { location: 'https://elsewhere.example/' }), failure: 'answered 302' },
    { name: 'an answer without a body', respond: (response) => response.writeHead(204).end(), failure: 'answered 204' },
    { name: 'an unknown path', respond: json(404, {}), failure: 'answered 404' },
    {
      name: 'a token that is not valid there',
      respond: json(401, {}),
      failure: 'answered 401: the token of this process is not valid there',
    },
    {
      name: 'a service account without rights',
      respond: json(403, {}),
      failure: 'answered 403: this process may not ask for reviews; bind its service account to the cluster role system:auth-delegator',
    },
    { name: 'garbage', respond: (response) => response.end('<html>'), failure: 'answered with something that is no JSON' },
    {
      name: 'an answer without end',
      respond(response) {
        response.on('error', () => {})
        const more = (): void => void (response.destroyed || response.write('a'.repeat(65_536), () => more()))
        more()
      },
      failure: 'answered with more than 262144 bytes',
    },
  ])('$name', async ({ respond, failure }) => {
    await using api = await startApiServer(cluster, respond)
    const client = clientOf(api)
    expect(await post(client)).toEqual({ failure })
    expect(api.asked.length).toBe(NOTHING_MORE)
    client.close()
  })
})

describe('a call that fails for now is tried five times', () => {
  /** Runs the call to its end, and answers the pauses before each further try. */
  async function pausesOf(client: ApiClient): Promise<{ answer: Answer; pauses: number[] }> {
    const pauses: number[] = []
    const answer = await turnUntil(post(client), () => {
      if (vi.getTimerCount() === 0) return
      const before = Date.now()
      vi.advanceTimersToNextTimer()
      pauses.push(Date.now() - before)
    })
    return { answer, pauses }
  }

  const cut: Respond = (response) => void response.socket?.destroy()
  const half: Respond = (response) => {
    response.writeHead(201, { 'content-length': 100 }).write('{"kind":', () => response.socket?.destroy())
  }
  test.each<{ name: string; respond: Respond; random?: number; pauses: number[]; failure: string }>([
    { name: '500', respond: json(500, {}), pauses: [500, 750, 1125, 1687], failure: 'answered 500' },
    { name: '429', respond: json(429, {}), pauses: [500, 750, 1125, 1687], failure: 'answered 429' },
    {
      name: '503 with the longest of pauses',
      respond: json(503, {}),
      random: 1,
      pauses: [600, 900, 1350, 2025],
      failure: 'answered 503',
    },
    {
      name: '429 with a time to come back',
      respond: json(429, {}, { 'retry-after': '2' }),
      pauses: [2000, 2000, 2000, 2000],
      failure: 'answered 429',
    },
    {
      name: '429 with a date to come back',
      respond: json(429, {}, { 'retry-after': 'Fri, 31 Dec 1999 23:59:59 GMT' }),
      pauses: [500, 750, 1125, 1687],
      failure: 'answered 429',
    },
    { name: 'a cut connection', respond: cut, pauses: [500, 750, 1125, 1687], failure: 'cannot be reached or broke off (ECONNRESET)' },
    { name: 'half an answer', respond: half, pauses: [500, 750, 1125, 1687], failure: 'cannot be reached or broke off (ECONNRESET)' },
  ])('$name', async ({ respond, random = 0, pauses, failure }) => {
    await using api = await startApiServer(cluster, respond)
    const client = clientOf(api, { random: () => random })
    expect(await pausesOf(client)).toEqual({ answer: { failure }, pauses })
    expect(api.asked.length).toBe(5)
    client.close()
  })

  test('and the second may be the answer', async () => {
    await using api = await startApiServer(cluster, (response, asked) => {
      json(api.asked.length === 1 ? 500 : 200, { kind: 'TokenReview' })(response, asked)
    })
    const client = clientOf(api)
    expect(await pausesOf(client)).toEqual({ answer: { body: { kind: 'TokenReview' } }, pauses: [500] })
    client.close()
  })

  test('nobody listens', async () => {
    await using api = await startApiServer(cluster, silence)
    await api.stop()
    const client = clientOf(api)
    expect((await pausesOf(client)).answer).toEqual({ failure: 'cannot be reached or broke off (ECONNREFUSED)' })
    client.close()
  })

  test('a server of another authority, also where the environment asks for no verification', async () => {
    await using api = await startApiServer(cluster, json(200, {}))
    const client = clientOf(api, { authorities: [stranger.cert] })
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { answer } = await pausesOf(client)
    vi.unstubAllEnvs()
    expect(answer).toEqual({ failure: 'cannot be reached or broke off (UNABLE_TO_VERIFY_LEAF_SIGNATURE)' })
    expect(api.asked).toEqual([])
    client.close()
  })

  test('a server with a certificate of another name', async () => {
    await using api = await startApiServer(cluster, json(200, {}))
    const client = clientOf(api, { server: new URL(api.url.replace('127.0.0.1', 'localhost')) })
    expect((await pausesOf(client)).answer).toEqual({ failure: 'cannot be reached or broke off (ERR_TLS_CERT_ALTNAME_INVALID)' })
    client.close()
  })
})

describe('the deadline', () => {
  test('ends a try that hangs (21)', async () => {
    await using api = await startApiServer(cluster, silence)
    const client = clientOf(api)
    const until = deadline()
    const answer = post(client, until)
    await api.received(1)
    until.abort()
    expect(await answer).toEqual({ failure: 'has not answered within 10 s' })
    client.close()
  })

  test('is not waited for when the server wants to be left alone for longer', async () => {
    await using api = await startApiServer(cluster, json(503, {}, { 'retry-after': '3600' }))
    const client = clientOf(api)
    expect(await post(client)).toEqual({ failure: 'answered 503' })
    expect(api.asked.length).toBe(1)
    client.close()
  })
})

test('after a 401 the token is read again, and a new one tried at once', async () => {
  await using api = await startApiServer(cluster, (response, asked) => {
    json(asked.authorization === 'Bearer new' ? 200 : 401, {})(response, asked)
  })
  let current = 'old'
  const renew = vi.fn(() => {
    current = 'new'
    return true
  })
  const client = clientOf(api, { token: { current: () => current, renew } })
  const answer = post(client)
  await timersSet(1)
  vi.advanceTimersByTime(0)
  expect(await answer).toEqual({ body: {} })
  expect(api.asked.map(({ authorization }) => authorization)).toEqual(['Bearer old', 'Bearer new'])
  client.close()
})

describe('a client that is closed', () => {
  test('asks nothing more', async () => {
    await using api = await startApiServer(cluster, json(200, {}))
    const client = clientOf(api)
    client.close()
    expect(await post(client)).toEqual({ failure: 'is not asked any more: the policy has changed' })
    expect(api.asked).toEqual([])
  })

  test('lets the call under way end', async () => {
    await using api = await startApiServer(cluster, silence)
    const held = new Promise<() => void>((resolve) => {
      api.respond = (response, asked) => resolve(() => json(200, { kind: 'late' })(response, asked))
    })
    const client = clientOf(api)
    const answer = post(client)
    const release = await held
    client.close()
    release()
    expect(await answer).toEqual({ body: { kind: 'late' } })
  })
})
