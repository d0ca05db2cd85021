import { gunzipSync } from 'node:zlib'
import { type BodyReader, createRegistry, type ExposeRequest, type Registry, type RegistryOptions } from '@postern/metrics'
import { describe, expect, test, vi } from 'vitest'
import { readText } from '../../src/scrape/shared-body.ts'
import { sampleLines, scrapeText } from '../support/scrape.ts'

const OPENMETRICS = 'application/openmetrics-text;version=1.0.0'

async function exposed(registry: Registry, request: Partial<ExposeRequest> = {}): Promise<{ headers: object; body: BodyReader }> {
  const answer = await registry.expose({ accept: undefined, ...request })
  if (answer.status !== 200) throw new Error(`answered ${answer.status}`)
  return answer
}

const textOf = async (registry: Registry, request: Partial<ExposeRequest> = {}): Promise<string> =>
  readText((await exposed(registry, request)).body)

function large(options: RegistryOptions = {}, series = 50_000) {
  const registry = createRegistry(options)
  const counter = registry.counter({ name: 'x_total', help: 'X.', labelNames: ['i'] })
  for (let i = 0; i < series; i += 1) counter.inc({ i })
  return { registry, counter }
}

describe('a scrape of a server', () => {
  test.each([
    { request: {}, headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8', Vary: 'Accept, Accept-Encoding' } },
    {
      request: { accept: OPENMETRICS },
      headers: { 'Content-Type': 'application/openmetrics-text; version=1.0.0; charset=utf-8', Vary: 'Accept, Accept-Encoding' },
    },
    {
      request: { acceptEncoding: 'gzip' },
      headers: {
        'Content-Type': 'text/plain; version=0.0.4; charset=utf-8',
        Vary: 'Accept, Accept-Encoding',
        'Content-Encoding': 'gzip',
      },
    },
  ])('is answered to $request with what a server needs', async ({ request, headers }) => {
    const { registry } = large({}, 10)
    const answer = await registry.expose({ accept: undefined, ...request })
    expect([answer.status, answer.headers]).toEqual([200, headers])
    answer.body?.leave()
  })

  test('is the same body as that of render, packed or not', async () => {
    const { registry } = large()
    const whole = await scrapeText(registry)
    expect(await textOf(registry)).toBe(whole)
    const chunks: Uint8Array[] = []
    for await (const chunk of (await exposed(registry, { acceptEncoding: 'gzip' })).body) chunks.push(chunk)
    expect(gunzipSync(Buffer.concat(chunks)).toString()).toBe(whole)
  })

  test.each([
    { names: ['a'], lines: ['a_total 0'] },
    { names: ['a_total'], lines: ['a_total 0'] },
    { names: ['h_bucket'], lines: ['h_bucket{le="+Inf"} 0', 'h_sum 0', 'h_count 0'] },
    { names: ['i_info', 'g'], lines: ['g 0', 'i_info 1'] },
    { names: ['g', 'g', 'unknown'], lines: ['g 0'] },
    { names: ['unknown'], lines: [] },
    { names: ['__proto__'], lines: [] },
    { names: Array.from({ length: 10_000 }, (_, at) => `name_${at}`), lines: [] },
  ])('shows the families asked for by $names.0', async ({ names, lines }) => {
    const registry = createRegistry()
    registry.counter({ name: 'a_total', help: 'A.' })
    registry.gauge({ name: 'g', help: 'G.' })
    registry.histogram({ name: 'h', help: 'H.', buckets: [] })
    registry.info({ name: 'i', help: 'I.' })
    const body = await textOf(registry, { names })
    expect(body.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual(lines)
  })

  test('is one of 32 at a time; the next is told to come back', async () => {
    const { registry } = large({}, 10)
    const answers = await Promise.all(
      Array.from({ length: 33 }, (_, at) =>
        registry.expose({ accept: at % 2 ? OPENMETRICS : undefined, names: [`x${at % 3 || ''}`, 'x'] }),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual([...Array.from({ length: 32 }, () => 200), 503])
    expect(answers[32]).toEqual({ status: 503, headers: { 'Retry-After': '1' }, body: undefined })
    answers[7]?.body?.leave()
    expect((await registry.expose({ accept: undefined })).status).toBe(200)
    expect((await registry.expose({ accept: undefined })).status).toBe(503)
    for (const { body } of answers) body?.leave()
    expect(await textOf(registry)).toBe(await scrapeText(registry))
  })

  test('leaves the event loop to others while it goes on', async () => {
    const { registry } = large({ sliceMilliseconds: 0 })
    let turns = 0
    let done = false
    const turn = (): void => {
      turns += 1
      if (!done) setImmediate(turn)
    }
    setImmediate(turn)
    await textOf(registry)
    done = true
    // One for each of the 196 segments.
    expect(turns).toBeGreaterThan(150)
  })

  test('goes on for one client when another leaves in the middle', async () => {
    const { registry } = large()
    const [stays, goes] = [await exposed(registry), await exposed(registry)]
    await Promise.all([goes.body.read(), goes.body.read()])
    goes.body.leave()
    expect(await readText(stays.body)).toBe(await scrapeText(registry))
  })

  test('never changes the bytes that a client still holds, and writes over those that none does', async () => {
    const { registry, counter } = large()
    await textOf(registry)
    const { body } = await exposed(registry)
    const held: { bytes: Uint8Array; copy: Uint8Array }[] = []
    for (let bytes = await body.read(); bytes !== undefined; bytes = await body.read()) held.push({ bytes, copy: bytes.slice() })
    body.leave({ bytesInUse: true })
    for (let round = 0; round < 3; round += 1) {
      for (let i = 0; i < 50_000; i += 100) counter.inc({ i }, 1)
      expect(await textOf(registry)).toContain(`x_total{i="100"} ${2 + round}\n`)
    }
    for (const { bytes, copy } of held) expect(Buffer.compare(bytes, copy)).toBe(0)
  })

  test('shows nothing stale to whoever comes while a slow client has all and does not leave', async () => {
    const { registry, counter } = large({}, 10)
    const now = vi.spyOn(performance, 'now')
    const started = performance.now()
    const { body } = await exposed(registry)
    await body.read()
    now.mockReturnValue(started + 60_000)
    counter.inc({ i: 3 }, 41)
    expect(await textOf(registry)).toContain('x_total{i="3"} 42\n')
    body.leave()
    now.mockRestore()
  })
})

describe('what a scrape meets on its way', () => {
  test('clear and unregister take nothing from a scrape that has begun', async () => {
    const { registry } = large()
    registry.gauge({ name: 'g', help: 'G.' })
    const whole = await scrapeText(registry)
    const { body } = await exposed(registry)
    const first = await body.read()
    registry.unregister('x_total')
    registry.clear()
    expect(new TextDecoder().decode(first) + (await readText(body))).toBe(whole)
    expect(await textOf(registry, { names: ['x_total'] })).toBe('')
    registry.gauge({ name: 'x_total', help: 'Another.' })
    expect(await sampleLines(registry)).toEqual(['x_total 0'])
  })

  test('a series that is removed and comes again during a scrape is there once at most', async () => {
    const { registry, counter } = large()
    const { body } = await exposed(registry)
    const decoder = new TextDecoder()
    let text = ''
    let step = 0
    for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) {
      text += decoder.decode(chunk, { stream: true })
      for (let at = 0; at < 200; at += 1) {
        const i = (step * 7919) % 50_000
        step += 1
        counter.remove({ i })
        counter.inc({ i })
      }
    }
    body.leave()
    const names = text
      .split('\n')
      .filter((line) => line.startsWith('x_total'))
      .map((line) => line.slice(0, line.indexOf(' ')))
    expect(new Set(names).size).toBe(names.length)
    expect(names.length).toBeGreaterThan(10_000)
    expect(await sampleLines(registry)).toHaveLength(50_000)
  })

  test('families that come during the collection are shown, series that come or go in it as well', async () => {
    const registry = createRegistry()
    const old = registry.gauge({ name: 'old', help: 'Old.', labelNames: ['a'] })
    old.set({ a: 'gone' }, 1)
    let rounds = 0
    registry.gauge({
      name: 'meddler',
      help: 'M.',
      collect: async (gauge) => {
        rounds += 1
        registry.gauge({ name: `new_${rounds}`, help: 'New.', collect: (made) => made.inc() })
        old.clear()
        old.set({ a: 'come' }, rounds)
        await Promise.resolve()
        registry.unregister(`new_${rounds - 1}`)
        gauge.set(rounds)
      },
    })
    expect(await sampleLines(registry)).toEqual(['old{a="come"} 1', 'meddler 1', 'new_1 0'])
    expect(await sampleLines(registry)).toEqual(['old{a="come"} 2', 'meddler 2', 'new_2 0'])
  })

  test('a collect that takes its own family out, or all, ends the scrape of none', async () => {
    const registry = createRegistry()
    registry.gauge({ name: 'good', help: 'G.' })
    registry.gauge({ name: 'one', help: 'O.', collect: () => void registry.unregister('one') })
    expect(await sampleLines(registry)).toEqual(['good 0'])
    registry.gauge({ name: 'all', help: 'A.', collect: () => registry.clear() })
    expect(await sampleLines(registry)).toEqual([])
  })

  test.each(['render', 'expose', 'snapshot'] as const)(
    'a collect that calls %s itself waits for none and starts none again',
    async (way) => {
      const registry = createRegistry()
      let starts = 0
      const inner: Promise<unknown>[] = []
      registry.gauge({
        name: 'x',
        help: 'X.',
        collect: () => {
          starts += 1
          if (way === 'render') inner.push(registry.render({ accept: undefined }))
          else if (way === 'snapshot') inner.push(registry.snapshot())
          else inner.push(registry.expose({ accept: undefined }).then(({ body }) => body?.leave()))
        },
      })
      expect([await sampleLines(registry), starts]).toEqual([['x 0'], 1])
      await Promise.all(inner)
    },
  )

  test('a collect that hangs costs its own family, is counted each time, and is not started again', async () => {
    const told: string[] = []
    const registry = createRegistry({ collectTimeoutMilliseconds: 10, onCollectError: (error) => void told.push((error as Error).message) })
    let starts = 0
    let release = (): void => {}
    registry.gauge({
      name: 'hangs',
      help: 'H.',
      collect: () => {
        starts += 1
        return new Promise<void>((resolve) => {
          release = resolve
        })
      },
    })
    registry.gauge({ name: 'patient', help: 'P.', collectTimeoutMilliseconds: 20, collect: () => new Promise(() => {}) })
    registry.gauge({ name: 'good', help: 'G.' })
    const errors = (count: number): string[] =>
      ['hangs', 'patient'].map((family) => `postern_metrics_collect_errors_total{family="${family}"} ${count}`)
    expect(await sampleLines(registry)).toEqual(['good 0', ...errors(1)])
    expect(await sampleLines(registry)).toEqual(['good 0', ...errors(2)])
    expect(starts).toBe(1)
    expect(told.slice(0, 2)).toEqual([
      'The collect of "hangs" did not end within 10 ms.',
      'The collect of "patient" did not end within 20 ms.',
    ])
    release()
    await Promise.resolve()
    const next = registry.render({ accept: undefined })
    await new Promise((resolve) => setImmediate(resolve))
    expect(starts).toBe(2)
    release()
    expect((await next).body).toContain('\nhangs 0\n')
  })

  test('scrapes that begin while others collect wait for the same collection', async () => {
    let starts = 0
    let release = (): void => {}
    const registry = createRegistry()
    registry.gauge({
      name: 'x',
      help: 'X.',
      collect: () => {
        starts += 1
        return new Promise<void>((resolve) => {
          release = resolve
        })
      },
    })
    const all = Promise.all([
      textOf(registry),
      textOf(registry, { accept: OPENMETRICS }),
      textOf(registry, { names: ['x'] }),
      registry.snapshot(),
    ])
    await new Promise((resolve) => setImmediate(resolve))
    release()
    await all
    expect(starts).toBe(1)
  })
})
