/** Families as instruments make them, for what renders them. */

import type { BlockWriter } from '../../src/exposition/blocks/block-writer.ts'
import { spellingOf } from '../../src/exposition/blocks/spelling.ts'
import { ByteWriter } from '../../src/exposition/byte-writer.ts'
import type { EscapingScheme } from '../../src/exposition/escaping-scheme.ts'
import { createOpenMetricsWriter } from '../../src/exposition/openmetrics.ts'
import { createTextWriter } from '../../src/exposition/text.ts'
import type { FamilyKind } from '../../src/names.ts'
import { defineFamily, type Family, type FamilyContext, type FamilyOptions, type FamilyShape } from '../../src/series/family.ts'

export const CONTEXT: FamilyContext = {
  alphabet: 'legacy',
  defaultLabels: new Map(),
  budget: { limit: Infinity, used: 0 },
  wallClock: () => 1_700_000_000_000,
  keepsCreated: false,
  onOverflow: () => {},
}

export interface FamilyPlan extends Partial<Omit<FamilyOptions<string>, 'labelNames'>>, Partial<FamilyShape> {
  readonly kind?: FamilyKind
  readonly labelNames?: readonly string[]
  readonly context?: Partial<FamilyContext>
}

export function createFamily({
  kind = 'gauge',
  context = {},
  bounds,
  quantiles,
  stride,
  createExtra,
  ...options
}: FamilyPlan = {}): Family {
  const shape: FamilyShape = {
    stride: stride ?? (bounds === undefined ? 1 : bounds.length + 2),
    ...(bounds === undefined ? {} : { bounds }),
    ...(quantiles === undefined ? {} : { quantiles }),
    ...(createExtra === undefined ? {} : { createExtra }),
  }
  return defineFamily(kind, { name: 'x', help: 'X.', labelNames: ['a'], ...options }, { ...CONTEXT, ...context }, shape)
}

export function createWriter(family: Family, syntax: 'text' | 'openmetrics' = 'text', scheme: EscapingScheme = 'underscores'): BlockWriter {
  const create = syntax === 'text' ? createTextWriter : createOpenMetricsWriter
  return create(family, spellingOf(scheme), () => 0)
}

export const decode = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)

/** Every live series of a family, composed anew. */
export function composeAll(family: Family, writer: BlockWriter): string {
  const to = new ByteWriter(16)
  for (const slot of family.store.slots()) writer.compose(to, family.store.segmentOf(slot), slot & 255)
  return decode(to.view())
}
