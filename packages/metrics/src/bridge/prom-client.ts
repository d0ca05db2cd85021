/** A registry of prom-client or @prometheus-io/client beside ours, for the time of a migration or for good. */
import { SELF_METRIC_NAMES } from '../self-metrics.ts'
import type { UncheckedLabels } from '../series/labels.ts'
import type { FamilySnapshot } from '../snapshot/family-snapshot.ts'
import type { FamilySource, SnapshotFailure } from '../snapshot/included.ts'
import { convertFamily } from './prom-client-family.ts'
import { labelsOf, type PromClientFamily, type PromClientLike, type PromClientValue } from './prom-client-model.ts'

export interface PromClientOptions {
  /** Names the source in messages and in the label `family` of what counts its failures. Default: `prom-client`. */
  readonly name?: string
}

/**
 * Reads a registry at each scrape: its default labels, the labels that only some series have, and its exemplars. A family that fails,
 * and one that no scraper would read rightly, costs itself alone and is told with its name.
 *
 * prom-client and @prometheus-io/client are two libraries, and each copy of either in `node_modules` is one more: each has a global
 * registry of its own, and metrics registered with one are in no other. Include each registry that is in use; `npm ls prom-client
 * @prometheus-io/client` lists the copies. Default metrics should be collected by one alone, since a name is shown once.
 */
export function fromPromClient(register: PromClientLike, options: PromClientOptions = {}): FamilySource {
  const { name = 'prom-client' } = options
  return {
    name,
    async collect(fail) {
      const families = await readFamilies(register, fail)
      const isOpenMetrics = String(register.contentType).startsWith('application/openmetrics-text')
      const snapshots: FamilySnapshot[] = []
      for (const family of families) {
        try {
          snapshots.push(convertFamily(family, isOpenMetrics, (error) => fail(error, family.name)))
        } catch (error) {
          fail(error, family.name)
        }
      }
      return snapshots
    },
  }
}

/** What takes the place of a family that failed. */
const FAILED: PromClientFamily = { name: '', values: [] }

interface Collectable {
  readonly name: string
  get(): PromClientFamily | Promise<PromClientFamily>
}

/** An empty label that is no falsy value. */
const EMPTY = { toString: () => '' } as unknown as string

/** As texts, since prom-client 15 takes `0`, `false` and the empty text for labels that are missing, and puts default labels there. */
function copyLabels(value: PromClientValue): UncheckedLabels {
  const texts = labelsOf(value)
    .filter(([, label]) => label !== undefined && label !== null)
    .map(([name, label]) => [name, String(label) || EMPTY] as const)
  return Object.fromEntries(texts)
}

/**
 * `getMetricsAsJSON` rejects when a single `collect` does, and writes default labels into the samples of the registry itself, where
 * they stay. Only it knows the default labels, so it is asked, but of guarded families: each fails alone and hands out copies.
 */
async function readFamilies(register: PromClientLike, fail: SnapshotFailure): Promise<readonly PromClientFamily[]> {
  if (register.getMetricsAsArray === undefined) return (await register.getMetricsAsJSON()) as readonly PromClientFamily[]
  const guarded = (register.getMetricsAsArray() as readonly Collectable[]).map((metric) => ({
    async get(): Promise<PromClientFamily> {
      try {
        const family = await metric.get()
        return { ...family, values: (family.values ?? []).map((value) => ({ ...value, labels: copyLabels(value) })) }
      } catch (error) {
        fail(error, metric.name)
        return FAILED
      }
    },
  }))
  const view = Object.create(register, { getMetricsAsArray: { value: () => guarded } }) as PromClientLike
  // A registry with private fields refuses to be looked at through another object: our own drop-in, which needs no guarding.
  const families = (await view.getMetricsAsJSON().catch(() => register.getMetricsAsJSON())) as readonly PromClientFamily[]
  // What a registry of ours tells of itself, the one that shows it tells as well.
  return families.filter((family) => family !== FAILED && !SELF_METRIC_NAMES.includes(family.name))
}
