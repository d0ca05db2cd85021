/** Families to chunks: which writer each has in a format, and which bytes are kept for the next time. */

import type { BlockWriter } from '../exposition/blocks/block-writer.ts'
import { spellingOf } from '../exposition/blocks/spelling.ts'
import type { Format } from '../exposition/negotiate.ts'
import { createOpenMetricsWriter, OPENMETRICS_END } from '../exposition/openmetrics.ts'
import { writeVarint } from '../exposition/protobuf/message.ts'
import { ProtobufWriter } from '../exposition/protobuf/protobuf.ts'
import { createTextWriter } from '../exposition/text.ts'
import type { Family } from '../series/family.ts'
import { type Chunk, ChunkSink } from './chunks.ts'
import { FamilyView } from './family-view.ts'
import type { ImageBudget } from './image.ts'
import type { ChunkProducer } from './shared-body.ts'
import { createSlices } from './slices.ts'

export interface RendererOptions {
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
  /** Unix milliseconds. */
  readonly wallClock: () => number
  /** Bytes to keep between scrapes, in all formats. */
  readonly imageBytes: number
  readonly sliceMilliseconds: number
}

/** Images of a format that nobody has asked for in that time are given up; milliseconds. */
const FORGET_AFTER = 600_000

const NOTHING: ImageBudget = { limit: 0, used: 0 }

/** What is kept for one format. */
interface Variant {
  readonly views: Map<Family, FamilyView>
  usedAt: number
  /** False once given up. */
  isKept: boolean
}

export class Renderer {
  readonly #options: RendererOptions
  readonly #budget: ImageBudget
  /** By syntax and escaping, which is all that the bytes depend on. */
  readonly #variants = new Map<string, Variant>()
  /** A scrape that began before may still come to them: nothing is kept for them then. */
  readonly #forgotten = new WeakSet<Family>()

  constructor(options: RendererOptions) {
    this.#options = options
    this.#budget = { limit: options.imageBytes, used: 0 }
  }

  /**
   * The families as they are now: series that come later are not shown, and no more are those that go before their turn.
   * @param passing Families of this one rendering, shown last.
   */
  produce(lasting: readonly Family[], passing: readonly Family[], format: Format): ChunkProducer {
    const families = [...lasting, ...passing]
    const { now, sliceMilliseconds } = this.#options
    const variant = this.#use(format)
    const sizes = families.map((family) => family.store.size)
    for (const { store } of families) store.readers += 1
    const steps = (sink: ChunkSink): Generator<void> => this.#steps(families, sizes, format, variant, sink)
    const onEnd = (): void => {
      for (const { store } of families) store.readers -= 1
      for (const family of passing) this.forget(family)
    }
    return createSlices({ steps, now, sliceMilliseconds, onEnd })
  }

  /** Lets go of what is kept for a family that is not rendered any more. */
  forget(family: Family): void {
    this.#forgotten.add(family)
    for (const { views } of this.#variants.values()) {
      views.get(family)?.dispose()
      views.delete(family)
    }
  }

  *#steps(families: readonly Family[], sizes: readonly number[], format: Format, variant: Variant, sink: ChunkSink): Generator<void> {
    for (const [place, family] of families.entries()) {
      const view = this.#viewOf(family, format, variant)
      const size = sizes[place] as number
      if (format.syntax === 'protobuf') yield* renderDelimited(family, view, size, sink)
      else {
        sink.write(view.head)
        yield* view.render(sink, size)
      }
      yield
    }
    if (format.syntax === 'openmetrics') sink.write(OPENMETRICS_END)
  }

  #viewOf(family: Family, format: Format, variant: Variant): FamilyView {
    const known = variant.views.get(family)
    if (known) return known
    const isKept = variant.isKept && !this.#forgotten.has(family)
    const view = new FamilyView(family, createWriter(family, format, this.#options.wallClock), isKept ? this.#budget : NOTHING)
    if (isKept) variant.views.set(family, view)
    return view
  }

  #use(format: Format): Variant {
    const time = this.#options.now()
    const key = `${format.syntax}/${format.escaping}`
    for (const [other, old] of this.#variants) {
      if (other === key || time - old.usedAt < FORGET_AFTER) continue
      old.isKept = false
      for (const view of old.views.values()) view.dispose()
      this.#variants.delete(other)
    }
    let variant = this.#variants.get(key)
    if (variant === undefined) {
      variant = { views: new Map(), usedAt: time, isKept: true }
      this.#variants.set(key, variant)
    }
    variant.usedAt = time
    return variant
  }
}

function createWriter(family: Family, { syntax, escaping }: Format, wallClock: () => number): BlockWriter {
  if (syntax === 'protobuf') return new ProtobufWriter(family, escaping, wallClock)
  return (syntax === 'openmetrics' ? createOpenMetricsWriter : createTextWriter)(family, spellingOf(escaping), wallClock)
}

/** A message has its length before it, so one family is there as a whole before it is handed on; without a series it is left out. */
function* renderDelimited(family: Family, view: FamilyView, size: number, sink: ChunkSink): Generator<void> {
  if (family.store.live === 0) return
  const parts: Chunk[] = []
  const inner = new ChunkSink((chunk) => void parts.push(chunk))
  inner.write(view.head)
  try {
    yield* view.render(inner, size)
    inner.flush()
    writeVarint(
      sink.writer,
      parts.reduce((sum, { bytes }) => sum + bytes.length, 0),
    )
    for (const part of parts.splice(0)) sink.pass(part)
  } finally {
    // What was not handed on any more is given back.
    for (const { lease } of parts) if (lease) lease.holders -= 1
  }
}
