/** Whole registries against a naive one, whatever is called in whatever order, and whoever reads meanwhile. */
import { gunzipSync } from 'node:zlib'
import { type BodyReader, createRegistry, type Registry } from '@postern/metrics'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readText } from '../src/scrape/shared-body.ts'
import { ModelFamily, type Plan } from './support/model.ts'
import { scrapeOpenMetrics, scrapeText } from './support/scrape.ts'

const PLANS: readonly Plan[] = [
  { kind: 'counter', name: 'c_total', labelNames: ['a', 'i'], expireAfterSeconds: 40 },
  { kind: 'gauge', name: 'g', labelNames: ['a', 'i'] },
  { kind: 'histogram', name: 'h', labelNames: ['a', 'i'], buckets: [1, 2.5, 10], expireAfterSeconds: 40 },
  { kind: 'gauge', name: 'alone', labelNames: [] },
  { kind: 'histogram', name: 'single', labelNames: ['a'], buckets: [] },
]
const TEXTS = ['x', '', '"\\\n', '\ud800', 'a rather long value, so that images are lent and not copied: 😀'.repeat(2)]
const NUMBERS = [0, 1, 2.5, 9, 10, 1_000, 1e21, -5]
const OPENMETRICS = 'application/openmetrics-text;version=1.0.0'

type Syntax = 'text' | 'openmetrics'
interface Held {
  readonly bytes: Uint8Array
  readonly copy: Uint8Array
}
interface Reading {
  readonly body: BodyReader
  readonly held: Held[]
  pending: Promise<Uint8Array | undefined> | undefined
}

/** A registry, its model, and those who read. */
class World {
  readonly clock = { now: 0 }
  readonly registry: Registry
  readonly models = new Map<Plan, ModelFamily>()
  readonly instruments = new Map<Plan, ReturnType<Registry['gauge']>>()
  readonly handles = new Map<string, { inc(value: number): void; set(value: number): void; observe(value: number): void }>()
  readings: Reading[] = []
  readonly kept: Held[] = []
  hasMoved = false

  constructor(keptBytes: number) {
    this.registry = createRegistry({ now: () => this.clock.now, sliceMilliseconds: 0, keptBytes })
  }

  declare(plan: Plan): void {
    if (this.models.has(plan)) return
    const { kind, ...options } = plan
    this.instruments.set(plan, this.registry[kind as 'gauge']({ ...options, help: 'H.' }))
    this.models.set(plan, new ModelFamily(plan))
  }

  unregister(plan: Plan): void {
    expect(this.registry.unregister(plan.name)).toBe(this.models.has(plan))
    this.models.delete(plan)
    this.instruments.delete(plan)
    for (const key of this.handles.keys()) if (key.startsWith(`${plan.name} `)) this.handles.delete(key)
  }

  clearAll(): void {
    this.registry.clear()
    for (const all of [this.models, this.instruments, this.handles]) all.clear()
  }

  write(plan: Plan, a: string, from: number, count: number, given: number, way: 'labels' | 'reversed' | 'handle'): void {
    const [model, instrument] = [this.models.get(plan), this.instruments.get(plan)]
    if (model === undefined || instrument === undefined) return
    const value = plan.kind === 'counter' ? Math.abs(given) : given
    for (let i = from; i < from + (plan.labelNames.includes('i') ? count : 1); i += 1) {
      const all: Record<string, string | number> = way === 'reversed' ? { i: String(i), a } : { a, i }
      const labels = Object.fromEntries(Object.entries(all).filter(([name]) => plan.labelNames.includes(name)))
      const target = way === 'handle' ? this.#handleOf(plan, labels) : instrument
      const rest = way === 'handle' || plan.labelNames.length === 0 ? [value] : [labels, value]
      const method = plan.kind === 'histogram' ? 'observe' : 'inc'
      ;(target as unknown as Record<string, (...args: unknown[]) => void>)[method]?.(...rest)
      model.add(
        plan.labelNames.map((name) => String(all[name])),
        value,
      )
    }
  }

  #handleOf(plan: Plan, labels: Record<string, string | number>): object {
    const key = `${plan.name} ${JSON.stringify(labels)}`
    const known = this.handles.get(key) ?? this.instruments.get(plan)?.labels(labels)
    this.handles.set(key, known as never)
    return known as object
  }

  remove(plan: Plan, a: string, i: number): void {
    const [model, instrument] = [this.models.get(plan), this.instruments.get(plan)]
    if (model === undefined || instrument === undefined || plan.labelNames.length !== 2) return
    const text = a.replace('\ud800', '\ufffd')
    expect((instrument as unknown as { remove(labels: object): boolean }).remove({ i, a })).toBe(
      model.removeWhere((labels) => labels[0] === text && labels[1] === String(i)) === 1,
    )
  }

  removeWhere(plan: Plan, a: string): void {
    const [model, instrument] = [this.models.get(plan), this.instruments.get(plan)]
    if (model === undefined || instrument === undefined || plan.labelNames.length === 0) return
    const text = a.replace('\ud800', '\ufffd')
    expect(instrument.removeWhere({ a })).toBe(model.removeWhere((labels) => labels[0] === text))
  }

  clear(plan: Plan): void {
    this.instruments.get(plan)?.clear()
    this.models.get(plan)?.clear()
  }

  pass(): void {
    this.clock.now += 3_600_000
    this.hasMoved = true
  }

  /** Looks for idle series come with a collection. */
  look(): void {
    if (this.hasMoved) for (const model of this.models.values()) model.expire()
    this.hasMoved = false
  }

  async scrape(syntax: Syntax): Promise<string> {
    this.look()
    return syntax === 'text' ? scrapeText(this.registry) : scrapeOpenMetrics(this.registry)
  }

  check(body: string, syntax: Syntax): void {
    let rest = body
    for (const model of this.models.values()) {
      const head = model.head(syntax)
      expect(rest.slice(0, head.length)).toBe(head)
      rest = rest.slice(head.length)
      const blocks = new Set(model.blocks(syntax))
      expect(blocks.size).toBe(model.series.size)
      // A series may have taken the place of another, so the order is free; blocks are whole.
      for (let left = blocks.size; left > 0; left -= 1) {
        const size = sizeOfBlock(rest, model.plan)
        const block = rest.slice(0, size)
        if (!blocks.delete(block)) expect(block).toBe(`one of ${[...blocks].slice(0, 3).join()}`)
        rest = rest.slice(size)
      }
    }
    expect(rest).toBe(syntax === 'text' ? '' : '# EOF\n')
  }

  async open(syntax: Syntax, coding: string | undefined): Promise<void> {
    // Whoever joins a body that is there has no collection of its own.
    if (this.hasMoved) await this.scrape(syntax)
    const { body } = await this.registry.expose({ accept: syntax === 'text' ? undefined : OPENMETRICS, acceptEncoding: coding })
    if (body) this.readings.push({ body, held: [], pending: undefined })
  }

  /** Asks for the next piece; what happens next may happen before it comes. */
  read(at: number): void {
    const reading = this.readings[at % Math.max(this.readings.length, 1)]
    if (reading === undefined || reading.pending !== undefined) return
    reading.pending = reading.body.read()
  }

  async settle(reading: Reading): Promise<void> {
    const bytes = await reading.pending
    reading.pending = undefined
    if (bytes !== undefined) reading.held.push({ bytes, copy: bytes.slice() })
  }

  async leave(at: number, bytesInUse: boolean): Promise<void> {
    const reading = this.readings[at % Math.max(this.readings.length, 1)]
    if (reading === undefined) return
    if (bytesInUse) await this.settle(reading)
    reading.body.leave({ bytesInUse })
    if (bytesInUse) this.kept.push(...reading.held)
    this.readings = this.readings.filter((other) => other !== reading)
  }

  checkHeld(): void {
    for (const { bytes, copy } of [...this.kept, ...this.readings.flatMap(({ held }) => held)]) expect(Buffer.compare(bytes, copy)).toBe(0)
  }

  async end(): Promise<void> {
    for (const reading of this.readings) {
      await this.settle(reading)
      reading.body.leave()
    }
  }
}

/** Up to where the first block goes: one line, or all lines of a histogram up to the next first bucket. */
function sizeOfBlock(text: string, { kind, name, buckets = [] }: Plan): number {
  let lines = kind === 'histogram' ? buckets.length + 1 : 1
  let end = 0
  for (; lines > 0; lines -= 1) end = text.indexOf('\n', end) + 1
  if (kind === 'histogram' && text.startsWith(`${name}_sum`, end)) for (lines = 2; lines > 0; lines -= 1) end = text.indexOf('\n', end) + 1
  return end
}

const plan = fc.constantFrom(...PLANS)
const a = fc.constantFrom(...TEXTS)
const i = fc.nat({ max: 300 })
const syntax = fc.constantFrom<Syntax>('text', 'openmetrics')
type Step = (world: World) => unknown
const weighted = (weight: number, arbitrary: fc.Arbitrary<Step>) => ({ weight, arbitrary })

const CHANGES = [
  weighted(
    2,
    plan.map(
      (one): Step =>
        (world) =>
          world.declare(one),
    ),
  ),
  weighted(
    12,
    fc
      .record({
        plan,
        a,
        i,
        count: fc.nat({ max: 300 }),
        value: fc.constantFrom(...NUMBERS),
        way: fc.constantFrom('labels' as const, 'reversed' as const, 'handle' as const),
      })
      .map(
        (one): Step =>
          (world) =>
            world.write(one.plan, one.a, one.i, one.count, one.value, one.way),
      ),
  ),
  weighted(
    3,
    fc.record({ plan, a, i }).map(
      (one): Step =>
        (world) =>
          world.remove(one.plan, one.a, one.i),
    ),
  ),
  weighted(
    1,
    fc.record({ plan, a }).map(
      (one): Step =>
        (world) =>
          world.removeWhere(one.plan, one.a),
    ),
  ),
  weighted(
    1,
    plan.map(
      (one): Step =>
        (world) =>
          world.clear(one),
    ),
  ),
  weighted(
    1,
    plan.map(
      (one): Step =>
        (world) =>
          world.unregister(one),
    ),
  ),
  weighted(
    1,
    fc.constant<Step>((world) => world.pass()),
  ),
]
const READS = [
  weighted(
    3,
    fc.record({ syntax, coding: fc.constantFrom(undefined, 'gzip') }).map(
      (one): Step =>
        (world) =>
          world.open(one.syntax, one.coding),
    ),
  ),
  weighted(
    8,
    fc.nat().map(
      (at): Step =>
        (world) =>
          world.read(at),
    ),
  ),
  weighted(
    2,
    fc.record({ at: fc.nat(), inUse: fc.boolean() }).map(
      (one): Step =>
        (world) =>
          world.leave(one.at, one.inUse),
    ),
  ),
]
const SCRAPES = [
  weighted(
    5,
    syntax.map(
      (one): Step =>
        async (world) =>
          world.check(await world.scrape(one), one),
    ),
  ),
]

test('a registry is what the naive one is, and what is read of it never changes under the reader', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(...CHANGES, ...READS, ...SCRAPES), { minLength: 20, maxLength: 60, size: 'max' }), async (steps) => {
      const world = new World(67_108_864)
      for (const one of PLANS) world.declare(one)
      for (const step of steps) {
        await step(world)
        world.checkHeld()
        for (const reading of world.readings) {
          // A piece that has come meanwhile counts as held from now on.
          if (steps.length % 2 === 0) await world.settle(reading)
        }
      }
      for (const one of ['text', 'openmetrics'] as const) {
        world.check(await world.scrape(one), one)
      }
      await world.end()
      world.checkHeld()
    }),
    { numRuns: 60, interruptAfterTimeLimit: 1_800 },
  )
})

test('what is kept between scrapes never shows: with and without, every body is the same', async () => {
  const scrape = weighted(
    6,
    syntax.map(
      (one): Step =>
        (world) =>
          world.scrape(one),
    ),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(...CHANGES, scrape), { minLength: 10, maxLength: 60, size: 'max' }), async (steps) => {
      const [keeps, forgets] = [new World(67_108_864), new World(0)]
      for (const one of PLANS) for (const world of [keeps, forgets]) world.declare(one)
      for (const step of steps) {
        expect(await step(keeps)).toEqual(await step(forgets))
      }
      for (const one of ['text', 'openmetrics'] as const) {
        expect(await keeps.scrape(one)).toBe(await forgets.scrape(one))
      }
    }),
    { numRuns: 60, interruptAfterTimeLimit: 1_200 },
  )
})

test('a packed body is the body, in both formats', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(...CHANGES), { minLength: 5, maxLength: 30, size: 'max' }), syntax, async (steps, one) => {
      const world = new World(67_108_864)
      for (const plan of PLANS) world.declare(plan)
      for (const step of steps) step(world)
      const accept = one === 'text' ? undefined : OPENMETRICS
      const [plain, packed] = await Promise.all([
        world.registry.expose({ accept }),
        world.registry.expose({ accept, acceptEncoding: 'gzip' }),
      ])
      const chunks: Uint8Array[] = []
      for await (const chunk of packed.body as BodyReader) chunks.push(chunk)
      expect(gunzipSync(Buffer.concat(chunks)).toString()).toBe(await readText(plain.body as BodyReader))
    }),
    { numRuns: 30, interruptAfterTimeLimit: 600 },
  )
})
