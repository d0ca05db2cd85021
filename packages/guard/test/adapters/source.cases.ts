/** What an adapter makes of each kind of exposition, the same for all of them. */
import { once } from 'node:events'
import { Readable } from 'node:stream'
import type { ExpositionSource } from '@postern/guard'
import { connect, type RawResponse, type RunningServer, requestText } from '@postern/testkit'
import { Counter, Registry } from 'prom-client'
import { describe, expect, test, vi } from 'vitest'

export interface SourceOptions {
  readonly onError: (error: unknown) => void
}

/** @param serve serves `source` at /metrics to everyone */
export function describeSources(name: string, serve: (source: ExpositionSource, options: SourceOptions) => Promise<RunningServer>): void {
  const contentType = 'text/plain; version=0.0.4'
  const ask = async (
    source: ExpositionSource,
    lines: readonly string[] = [],
    method = 'GET',
  ): Promise<{ response: RawResponse | undefined; errors: unknown[] }> => {
    const errors: unknown[] = []
    await using server = await serve(source, { onError: (error) => errors.push(error) })
    await using wire = await connect(server.url)
    return { response: await wire.ask(requestText('/metrics', lines, method), method), errors }
  }

  describe(`an exposition over ${name}`, () => {
    test.each([
      { kind: 'text', body: 'grüße 1\n', length: '10' },
      { kind: 'bytes', body: Buffer.from('grüße 1\n'), length: '10' },
      { kind: 'nothing', body: '', length: '0' },
    ])('is sent whole when it is $kind', async ({ body, length }) => {
      const { response, errors } = await ask(() => ({ contentType, body }))
      expect([response?.status, response?.body, errors]).toEqual([200, body.toString(), []])
      expect(
        ['content-type', 'content-length', 'vary', 'cache-control', 'x-content-type-options'].map((header) => response?.all(header)),
      ).toEqual([[contentType], [length], ['Accept'], ['no-store'], ['nosniff']])
    })

    test('is asked for in the words of the client', async () => {
      const accepts: unknown[] = []
      const source: ExpositionSource = ({ accept }) => {
        accepts.push(accept)
        return { contentType, body: '' }
      }
      await ask(source, ['Accept: application/openmetrics-text;version=1.0.0', 'Accept: text/plain;q=0.5'])
      await ask(source)
      expect(accepts).toEqual(['application/openmetrics-text;version=1.0.0, text/plain;q=0.5', undefined])
    })

    test("may come from prom-client's registry", async () => {
      const registry = new Registry()
      const counter = new Counter({ name: 'orders_total', help: 'Orders.', registers: [registry] })
      counter.inc(3)
      const { response } = await ask(registry)
      expect([response?.status, response?.all('content-type')]).toEqual([200, [registry.contentType]])
      expect(response?.body).toBe('# HELP orders_total Orders.\n# TYPE orders_total counter\norders_total 3\n')
    })

    test('may answer by itself, under the headers that keep it private', async () => {
      const source: ExpositionSource = {
        handle(request, response, { onError: tell }) {
          tell(`asked with ${request.method}`)
          response.writeHead(200, { 'Content-Type': contentType }).end('up 1\n')
        },
      }
      const { response, errors } = await ask(source)
      expect([response?.status, response?.body, errors]).toEqual([200, 'up 1\n', ['asked with GET']])
      expect(['cache-control', 'x-content-type-options'].map((header) => response?.all(header))).toEqual([['no-store'], ['nosniff']])
    })

    test('may come in pieces', async () => {
      async function* pieces(): AsyncGenerator<Uint8Array> {
        yield Buffer.from('a 1\n')
        yield new Uint8Array(0)
        yield new TextEncoder().encode('b 2\n')
      }
      const { response, errors } = await ask(() => ({ contentType, body: pieces() }))
      expect([response?.status, response?.complete, response?.body, response?.all('content-length'), errors]).toEqual([
        200,
        true,
        'a 1\nb 2\n',
        [],
        [],
      ])
    })

    test.each([{ body: (): string => 'up 1\n' }, { body: (): AsyncIterable<Uint8Array> => endless(() => {}) }])(
      'has no body for HEAD',
      async ({ body }) => {
        const { response } = await ask(() => ({ contentType, body: body() }), ['Connection: close'], 'HEAD')
        expect([response?.status, response?.body, response?.all('content-type')]).toEqual([200, '', [contentType]])
      },
    )

    test('closes a stream that HEAD asks for and nobody reads', async () => {
      const body = new Readable({ read: () => {} })
      const closed = once(body, 'close')
      const { response } = await ask(() => ({ contentType, body }), ['Connection: close'], 'HEAD')
      await closed
      expect([response?.status, body.destroyed]).toEqual([200, true])
    })

    test('answers before it tells, so that whoever hears it cannot keep the client waiting', async () => {
      const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
      const source = (): never => {
        throw new Error('the source')
      }
      const onError = (): never => {
        throw new Error('the hearer')
      }
      await using server = await serve(source, { onError })
      await using wire = await connect(server.url)
      expect((await wire.ask(requestText('/metrics')))?.status).toBe(500)
      expect(emitWarning.mock.calls).toEqual([['A metrics source failed: Error: the hearer', 'PosternWarning']])
      emitWarning.mockRestore()
    })

    test('waits for a slow reader and does not pile up', async () => {
      const total = 64
      let given = 0
      async function* pieces(): AsyncGenerator<Uint8Array> {
        for (; given < total; given += 1) yield Buffer.alloc(1_048_576, '#')
      }
      await using server = await serve(() => ({ contentType, body: pieces() }), { onError: () => {} })
      await using wire = await connect(server.url)
      wire.socket.pause()
      wire.send(requestText('/metrics', ['Connection: close']))
      await once(wire.socket, 'readable')
      expect(given).toBeLessThan(total / 2)
      const response = await wire.read()
      expect([response?.complete, response?.body.length, given]).toEqual([true, total * 1_048_576, total])
    })

    test('ends its source when the client leaves, which is no fault of the source', async () => {
      const errors: unknown[] = []
      let end = (): void => {}
      const ended = new Promise<void>((resolve) => {
        end = resolve
      })
      await using server = await serve(() => ({ contentType, body: endless(end) }), { onError: (error) => errors.push(error) })
      {
        await using wire = await connect(server.url)
        wire.send(requestText('/metrics'))
        await once(wire.socket, 'readable')
      }
      await ended
      await using wire = await connect(server.url)
      expect((await wire.ask(requestText('/metrics', [], 'HEAD'), 'HEAD'))?.status).toBe(200)
      expect(errors).toEqual([])
    })
  })

  describe(`a failing source over ${name}`, () => {
    const fault = new Error('canary: the database at db.internal is away')
    const cut = Object.assign(new Error('Premature close'), { code: 'ERR_STREAM_PREMATURE_CLOSE' })
    const throwing = (): never => {
      throw fault
    }
    const failsAtOnce = (): AsyncIterable<Uint8Array> => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(fault) }) })
    async function* failsLater(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('a 1\n')
      throw fault
    }

    test.each<{ how: string; source: ExpositionSource; reason?: Error }>([
      { how: 'throws', source: throwing },
      { how: 'rejects', source: () => Promise.reject(fault) },
      { how: 'rejects because a stream of its own was cut', source: () => Promise.reject(cut), reason: cut },
      { how: 'throws in render', source: { render: throwing } },
      { how: 'throws in metrics', source: { contentType, metrics: throwing } },
      { how: 'rejects in metrics', source: { contentType, metrics: () => Promise.reject(fault) } },
    ])('that $how answers 500 without its reason', async ({ source, reason = fault }) => {
      const { response, errors } = await ask(source)
      expect([response?.status, response?.body, errors]).toEqual([500, 'Internal Server Error\n', [reason]])
      expect(response?.head).not.toContain('canary')
    })

    test('that answers what is no header value says 500', async () => {
      const { response, errors } = await ask(() => ({ contentType: 'text/plain\r\nSet-Cookie: x', body: 'up 1\n' }))
      expect([response?.status, response?.body, errors.length]).toEqual([500, 'Internal Server Error\n', 1])
    })

    test.each([{ body: failsAtOnce }, { body: failsLater }])(
      'that fails when an answer has begun ends the connection before its end',
      async ({ body }) => {
        const { response, errors } = await ask(() => ({ contentType, body: body() }))
        expect([response?.complete ?? false, response?.body.includes('canary') ?? false, errors]).toEqual([false, false, [fault]])
      },
    )

    test('does not keep the next scrape from its answer', async () => {
      let turn = 0
      const source: ExpositionSource = () => {
        turn += 1
        if (turn === 1) throw fault
        return { contentType, body: 'up 1\n' }
      }
      await using server = await serve(source, { onError: () => {} })
      await using wire = await connect(server.url)
      const statuses = [(await wire.ask(requestText('/metrics')))?.status, (await wire.ask(requestText('/metrics')))?.status]
      expect(statuses).toEqual([500, 200])
    })
  })
}

async function* endless(onEnd: () => void): AsyncGenerator<Uint8Array> {
  try {
    for (;;) yield Buffer.alloc(65_536, '#')
  } finally {
    onEnd()
  }
}
