/** What a principal sees of an exposition: a view as a decision carries it, ready to filter. */
import type { ViewCounts } from './counts.ts'

/** Filters one exposition. What it answers may be a part of the chunk that it was given: use it before that is written to again. */
export interface ViewFilter {
  /** May answer nothing. @throws {ViewFault} when the exposition cannot be filtered: what was sent of it must not look whole. */
  write(chunk: Uint8Array): Uint8Array
  /** To be called once, after the last chunk. */
  end(): Uint8Array
  readonly counts: ViewCounts
}

export interface View {
  readonly name: string
  /**
   * What to ask of the source for a client that asked for `header`: text alone, since nothing else can be filtered.
   * @param header as sent, several joined by commas; undefined when there was none
   */
  accept(header: string | undefined): string
  /** Undefined for a format that cannot be filtered: none of it may be sent. @param contentType of the source's answer */
  open(contentType: string): ViewFilter | undefined
  /** To be told when a filtered scrape is over, whole or broken off. */
  report(counts: ViewCounts): void
}

/** The same view, telling `report` what it has done. */
export function reporting(view: View, report: View['report']): View {
  return { ...view, report }
}
