/** A long rendering cut into slices, between which the event loop gets its turn. */
import { setImmediate } from 'node:timers/promises'
import { type Chunk, ChunkSink } from './chunks.ts'
import type { ChunkProducer } from './shared-body.ts'

export interface SliceOptions {
  /** Writes everything into the sink; one step takes far less than a slice. */
  readonly steps: (sink: ChunkSink) => Generator<void>
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
  readonly sliceMilliseconds: number
  /** Runs once, when all is written or nothing is read any more. */
  readonly onEnd: () => void
}

/** Made at a time, for a reader that takes them one by one: waiting for each would cost more than making it. */
const BATCH_BYTES = 262_144

/** A rendering that fits into one slice never waits. */
export function createSlices({ steps, now, sliceMilliseconds, onEnd }: SliceOptions): ChunkProducer {
  const made: Chunk[] = []
  const sink = new ChunkSink((chunk) => void made.push(chunk))
  const isEnough = (): boolean => made.reduce((sum, { bytes }) => sum + bytes.length, 0) >= BATCH_BYTES
  const generator = (function* all(): Generator<void> {
    yield* steps(sink)
    sink.flush()
  })()
  let sliceEnd = now() + sliceMilliseconds
  let hasEnded = false
  const end = (): void => {
    if (hasEnded) return
    hasEnded = true
    onEnd()
  }
  return {
    async advance(emit) {
      let isLast = false
      while (!isLast && !isEnough()) {
        if (now() >= sliceEnd) {
          await setImmediate()
          sliceEnd = now() + sliceMilliseconds
        }
        isLast = generator.next().done === true
      }
      for (const chunk of made.splice(0)) emit(chunk)
      if (isLast) end()
      return isLast
    },
    end() {
      generator.return(undefined)
      end()
    },
  }
}
