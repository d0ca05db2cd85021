/** Values inside hand-written YAML: quoted by the library where a reader of YAML would otherwise see something else. */
import { stringify } from 'yaml'

/** One line; plain where that is safe, quoted elsewhere. For block context. */
export function yamlScalar(value: string): string {
  return stringify(value, { lineWidth: 0 }).trimEnd()
}

/** `["localhost:9843"]`: every string quoted, since YAML 1.1 (which Prometheus reads) has more kinds of plain scalar than 1.2. */
export function yamlStrings(values: readonly string[]): string {
  return stringify(values, {
    lineWidth: 0,
    collectionStyle: 'flow',
    flowCollectionPadding: false,
    defaultStringType: 'QUOTE_DOUBLE',
  }).trimEnd()
}
