/** The metrics of a registry as one string, rendered in slices when there are many. */
import type { ChunkSink } from '../scrape/chunks.ts'
import { createSlices } from '../scrape/slices.ts'
import type { MetricSeries } from './metric-series.ts'
import type { MetricViews } from './views.ts'
import type { WriterOptions } from './writers.ts'

/** One metric: text that is there, or series to be rendered. */
export type Section = string | { readonly series: MetricSeries; readonly views: MetricViews; readonly options: WriterOptions }

/** How long rendering may hold up the event loop before it yields. */
const SLICE_MILLISECONDS = 4
const encoder = new TextEncoder()
/** Whole: a chunk ends with a line, so no character is ever cut in two. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Series that come or go meanwhile are not shown, and no more than their first part is of those that change. What fits into one slice is
 * done without yielding: programs with faked timers wait for this.
 * @param separator Between two sections, each of which ends in a line feed.
 */
export async function renderSections(sections: readonly Section[], separator: string): Promise<string> {
  const sized = sections.map((section) => ({
    section,
    size: typeof section === 'string' || section.series.isHidden ? 0 : section.series.store.size,
  }))
  const stores = sections.flatMap((section) => (typeof section === 'string' ? [] : [section.series.store]))
  for (const store of stores) store.readers += 1
  const producer = createSlices({
    *steps(sink: ChunkSink) {
      for (const [place, { section, size }] of sized.entries()) {
        if (place > 0 && separator !== '') sink.write(encoder.encode(separator))
        if (typeof section === 'string') sink.write(encoder.encode(section))
        else yield* section.views.render(sink, section.options, size)
        yield
      }
    },
    now: () => performance.now(),
    sliceMilliseconds: SLICE_MILLISECONDS,
    onEnd: () => {
      for (const store of stores) store.readers -= 1
    },
  })
  let text = ''
  try {
    for (let isLast = false; !isLast; ) {
      isLast = await producer.advance(({ bytes, lease }) => {
        text += decoder.decode(bytes)
        if (lease) lease.holders -= 1
      })
    }
  } finally {
    producer.end()
  }
  return text
}
