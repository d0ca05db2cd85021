/** Views as tests compile and use them. */

import { compileView, type ViewOptions } from '../../src/views/compile.ts'
import type { ViewCounts } from '../../src/views/counts.ts'
import type { View } from '../../src/views/view.ts'

export const KEY = '0123456789abcdef0123456789abcdef'
export const TEXT = 'text/plain; version=0.0.4; charset=utf-8'
export const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

export const environment = {
  readFile: (): never => {
    throw new Error('no file')
  },
  now: Date.now,
  elapsed: () => 0,
  randomBytes: (size: number) => new Uint8Array(size),
  keep: <Kept extends object>(_key: string, create: () => Kept): Kept => create(),
  tell: () => {},
}

export const viewOf = (options: Omit<ViewOptions, 'name'>): View => compileView({ name: 'v', ...options }, environment, [])

export interface Filtered {
  readonly text: string
  readonly counts: ViewCounts
}

/** @param sizes of the chunks, over and over; the whole in one when there are none */
export function filter(view: View, body: string | Uint8Array, contentType: string = TEXT, sizes: readonly number[] = []): Filtered {
  const opened = view.open(contentType)
  if (opened === undefined) throw new Error(`${contentType} is not filtered`)
  const data = Buffer.from(body)
  const pieces: Uint8Array[] = []
  let at = 0
  for (let turn = 0; at < data.length; turn += 1) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? data.length)
    const chunk = Buffer.from(data.subarray(at, at + size))
    pieces.push(Buffer.from(opened.write(chunk)))
    // Whoever gave a chunk may write to it again.
    chunk.fill(35)
    at += size
  }
  pieces.push(Buffer.from(opened.end()))
  return { text: Buffer.concat(pieces).toString('utf8'), counts: opened.counts }
}
