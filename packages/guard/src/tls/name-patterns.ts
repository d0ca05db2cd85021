/** The names that a policy lets in: as they are, or with a star where any one label, or any path below, may stand. */
import { isShowable } from './subject.ts'
import { parseName, type SubjectAlternativeName } from './subject-alternative-names.ts'

/** True for a name that is meant. */
export type NamePattern = (name: SubjectAlternativeName) => boolean

/**
 * Reads `prometheus.example`, `*.example.com` (exactly one label in the place of the star) or `spiffe://domain/ns/monitoring/*`
 * (everything below, however deep). Undefined for what is none of these.
 */
export function parseNamePattern(text: string): NamePattern | undefined {
  const stars = text.split('*').length - 1
  if (stars === 1 && /^[a-z][a-z0-9+.-]*:\/\/[^/*\s]+\/(?:\S*\/)?\*$/i.test(text)) return below(text.slice(0, -1))
  const isLabel = stars === 1 && text.startsWith('*.')
  const name = isLabel || stars === 0 ? parseName(isLabel ? text.slice(2) : text) : undefined
  if (name === undefined || (isLabel && name.kind !== 'dns')) return undefined
  return isLabel ? oneLabel(`.${name.value}`) : ({ kind, value }) => kind === name.kind && value === name.value
}

const oneLabel =
  (domain: string): NamePattern =>
  ({ kind, value }) =>
    kind === 'dns' && value.endsWith(domain) && /^[a-z0-9_-]{1,63}$/.test(value.slice(0, -domain.length))

/** Segments as SPIFFE has them and no more: one of dots, or an escaped slash, could be read as another place. */
const below =
  (folder: string): NamePattern =>
  ({ kind, value }) =>
    kind === 'uri' && value.startsWith(folder) && isShowable(value) && SEGMENTS.test(value.slice(folder.length))

const SEGMENTS = /^(?!\.{1,2}(?:\/|$))[\w.-]+(?:\/(?!\.{1,2}(?:\/|$))[\w.-]+)*$/
