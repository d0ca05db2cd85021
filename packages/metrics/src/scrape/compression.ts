/** A body compressed as it is made, off the main thread. */

import * as zlib from 'node:zlib'
import type { ChunkProducer, ChunkReader } from './shared-body.ts'

/** Expositions repeat their label names in every line: the fastest level already leaves less than a tenth. */
const GZIP_LEVEL = 1
const OUTPUT_BYTES = 65_536

/** @param coding As negotiated: zstd only where the runtime has it. */
export function createCompression(reader: ChunkReader, coding: 'gzip' | 'zstd'): ChunkProducer {
  const stream = createStream(coding)
  let failure: { readonly error: unknown } | undefined
  let wake = (): void => {}
  stream.on('error', (error: unknown) => {
    failure = { error }
  })
  for (const event of ['readable', 'drain', 'end', 'error', 'close']) stream.on(event, () => wake())
  let inputEnded = false
  return {
    async advance(emit) {
      for (;;) {
        if (failure) throw failure.error
        const output: Uint8Array | null = stream.read()
        if (output !== null) {
          emit({ bytes: output, lease: undefined })
          return false
        }
        if (stream.readableEnded || stream.destroyed) return true
        if (inputEnded || stream.writableNeedDrain) {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
          continue
        }
        const chunk = await reader.read()
        if (chunk !== undefined) stream.write(chunk)
        else {
          stream.end()
          inputEnded = true
        }
      }
    },
    end() {
      stream.destroy()
      // The compressor may still be at work on the last chunks, in another thread.
      reader.leave({ bytesInUse: !stream.readableEnded })
    },
  }
}

function createStream(coding: 'gzip' | 'zstd'): zlib.Gzip {
  const createZstd: unknown = Reflect.get(zlib, 'createZstdCompress')
  if (coding === 'zstd' && typeof createZstd === 'function') return createZstd({ chunkSize: OUTPUT_BYTES }) as zlib.Gzip
  return zlib.createGzip({ level: GZIP_LEVEL, chunkSize: OUTPUT_BYTES })
}
