/** Stores as a family makes them, with nothing that limits them unless a test says so. */
import type { LabelsText } from '../../src/series/labels.ts'
import { SeriesStore, type StoreOptions } from '../../src/series/store.ts'

export function createStore(options: Partial<StoreOptions> = {}): SeriesStore {
  return new SeriesStore({
    owner: 'Gauge "x"',
    labelNames: [],
    stride: 1,
    maxSeries: Infinity,
    budget: { limit: Infinity, used: 0 },
    now: undefined,
    onOverflow: () => {},
    createExtra: undefined,
    ...options,
  })
}

/** The label texts of every live series, in the order of their slots. */
export function labelSets(store: SeriesStore): LabelsText[] {
  return Array.from(store.slots(), (slot) => store.textsOf(slot))
}
