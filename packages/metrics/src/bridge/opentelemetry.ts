/** Metrics of an OpenTelemetry SDK beside ours, by the specification's "Prometheus and OpenMetrics Compatibility". */
import type { FamilySnapshot } from '../snapshot/family-snapshot.ts'
import type { FamilySource, SnapshotFailure } from '../snapshot/included.ts'
import { familyKindOf, kindOf, OpenTelemetryFamily } from './opentelemetry-family.ts'
import type { OpenTelemetryMetric, OpenTelemetryReaderLike, OpenTelemetryResource, OpenTelemetryScope } from './opentelemetry-model.ts'
import { scopeLabels, translateAttributes, translateName } from './opentelemetry-names.ts'
import { SeriesGroups } from './series-groups.ts'

export interface OpenTelemetryOptions {
  /** Names the source in messages and in the label `family` of what counts its failures. Default: `opentelemetry`. */
  readonly name?: string
  /** Whether names end in their unit, and those of counters in `_total`, where they do not yet. Default: true. */
  readonly suffixes?: boolean
  /** Whether series have the labels `otel_scope_name`, `otel_scope_version` and `otel_scope_schema_url` of their meter. Default: true. */
  readonly scopeLabels?: boolean
  /** Whether the attributes of the resource are shown, as the one series of `target_info`. Default: true. */
  readonly targetInfo?: boolean
}

export const OPEN_TELEMETRY_DEFAULTS: Required<OpenTelemetryOptions> = {
  name: 'opentelemetry',
  suffixes: true,
  scopeLabels: true,
  targetInfo: true,
}

/**
 * Collects a reader at each scrape: one of `createOpenTelemetryReader`, or any other of cumulative temporality. Dots and other
 * characters that Prometheus once had no place for become `_`. A metric that cannot be shown costs itself alone and is told with its
 * name; what the callback of an observable instrument throws is told as well.
 */
export function fromOpenTelemetry(reader: OpenTelemetryReaderLike, options: OpenTelemetryOptions = {}): FamilySource {
  const settings = { ...OPEN_TELEMETRY_DEFAULTS, ...options }
  return {
    name: settings.name,
    async collect(fail) {
      const { resourceMetrics, errors } = await reader.collect()
      for (const error of errors) fail(error, settings.name)
      const { resource, scopeMetrics } = resourceMetrics
      const families = new Families(settings, fail)
      for (const { scope, metrics } of scopeMetrics) for (const metric of metrics) families.add(scope, metric)
      return [...(settings.targetInfo ? await targetInfo(resource) : []), ...families.toSnapshots()]
    },
  }
}

class Families {
  readonly #settings: Required<OpenTelemetryOptions>
  readonly #fail: SnapshotFailure
  readonly #byName = new Map<string, OpenTelemetryFamily>()

  constructor(settings: Required<OpenTelemetryOptions>, fail: SnapshotFailure) {
    this.#settings = settings
    this.#fail = fail
  }

  add(scope: OpenTelemetryScope, metric: OpenTelemetryMetric): void {
    const { descriptor } = metric
    try {
      const kind = kindOf(metric)
      const name = translateName(descriptor.name, descriptor.unit, familyKindOf(kind), this.#settings.suffixes)
      let family = this.#byName.get(name.name)
      if (family === undefined) {
        family = new OpenTelemetryFamily(kind, name)
        this.#byName.set(name.name, family)
      }
      const meter = this.#settings.scopeLabels ? scopeLabels(scope) : []
      family.add(kind, metric, ({ attributes }) => {
        const labels = translateAttributes(attributes)
        // The meter's own come last: an attribute of the same name would make its series another meter's.
        for (const [label, text] of meter) labels.set(label, text)
        return labels
      })
    } catch (error) {
      this.#fail(error, descriptor.name)
    }
  }

  toSnapshots(): FamilySnapshot[] {
    return Array.from(this.#byName, ([name, family]) => {
      if (family.error !== undefined) this.#fail(family.error, name)
      return family.toSnapshot()
    })
  }
}

/** None for a resource without attributes. */
async function targetInfo(resource: OpenTelemetryResource): Promise<FamilySnapshot[]> {
  if (resource.asyncAttributesPending === true) await resource.waitForAsyncAttributes?.()
  const groups = new SeriesGroups<null>()
  groups.at(translateAttributes(resource.attributes), () => null)
  if (groups.labelNames.length === 0) return []
  const series = groups.map((labels) => ({ labels, values: [1] }))
  return [{ kind: 'info', name: 'target_info', help: 'Target metadata.', labelNames: groups.labelNames, series }]
}
