/** An API server of a test's own: real TLS under an authority of its own, answers as the test says, and every request kept. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { issueCertificate, type Pair, startServer, temporaryFolder } from '@postern/testkit'
import { vi } from 'vitest'

export interface Asked {
  readonly path: string
  readonly authorization: string | undefined
  readonly body: { readonly kind: string; readonly spec: Record<string, unknown> }
}

export type Respond = (response: ServerResponse, asked: Asked) => void

export interface FakeApiServer extends AsyncDisposable {
  readonly url: string
  /** `server`, `caFile` and `tokenFile` of a policy that asks it. */
  readonly options: { readonly server: string; readonly caFile: string; readonly tokenFile: string }
  /** In the order that they came, bodies read. */
  readonly asked: Asked[]
  /** What answers from now on. */
  respond: Respond
  /** Resolves when so many requests have come since the start. */
  received(count: number): Promise<void>
  /** Answers by nothing, and connections are refused. */
  stop(): Promise<void>
}

/** Made once for a file of tests: a key costs tens of milliseconds. */
export interface Cluster {
  readonly ca: Pair
  readonly server: Pair
}

export async function createCluster(): Promise<Cluster> {
  const ca = await issueCertificate({ subject: 'kubernetes', ca: true })
  return { ca, server: await issueCertificate({ subject: 'kube-apiserver', issuer: ca, names: ['IP:127.0.0.1'], usage: 'serverAuth' }) }
}

export async function startApiServer({ ca, server: pair }: Cluster, respond: Respond): Promise<FakeApiServer> {
  const folder = await temporaryFolder()
  const server = createServer(pair)
  const running = await startServer(server)
  const asked: Asked[] = []
  const fake: FakeApiServer = {
    url: running.url,
    options: {
      server: running.url,
      caFile: await folder.write('ca.crt', ca.cert),
      tokenFile: await folder.write('token', 'own-token\n'),
    },
    asked,
    respond,
    async received(count) {
      while (asked.length < count) await once(server, 'read')
    },
    stop: () => running.close(),
    async [Symbol.asyncDispose]() {
      if (server.listening) await running.close()
      await folder[Symbol.asyncDispose]()
    },
  }
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void readBody(request).then((body) => {
      const one = { path: String(request.url), authorization: request.headers.authorization, body: JSON.parse(body) as Asked['body'] }
      asked.push(one)
      server.emit('read')
      fake.respond(response, one)
    })
  })
  return fake
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Respond =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  }

/** A review of the kind that was asked for, with this status. */
export const review =
  (statusOf: (spec: Asked['body']['spec']) => object): Respond =>
  (response, { body }) => {
    const apiVersion = body.kind === 'TokenReview' ? 'authentication.k8s.io/v1' : 'authorization.k8s.io/v1'
    json(201, { apiVersion, kind: body.kind, spec: body.spec, status: statusOf(body.spec) })(response, {
      path: '',
      authorization: '',
      body,
    })
  }

export const silence: Respond = () => {}

/** Timers stand still until a test moves them; sockets do not. `Date` moves with them. */
export function holdTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
}

/** Answers as `answer` does; until then the event loop turns, and `turn` runs between its turns. */
export async function turnUntil<T>(answer: Promise<T>, turn: () => void): Promise<T> {
  const state = { isOver: false }
  const end = (): void => void (state.isOver = true)
  void answer.then(end, end)
  while (!state.isOver) {
    await new Promise((resolve) => setImmediate(resolve))
    if (!state.isOver) turn()
  }
  return answer
}

/** Lets the event loop turn until so many timers are set. */
export async function timersSet(count: number): Promise<void> {
  while (vi.getTimerCount() !== count) await new Promise((resolve) => setImmediate(resolve))
}
