/** What a view says of a name, once it is known: of a family's samples, and of labels. */
import { escapeUnderscores, type NamePattern, namesOf } from './family-names.ts'
import type { LabelAction, LabelActions } from './labels.ts'
import { holdsForNames, type Matcher, type Selector } from './selector.ts'

/** What one label has to do with a view. */
export interface LabelRule {
  readonly action: LabelAction | undefined
  /** Its number among the labels that selectors ask for; -1 when none does. */
  readonly matched: number
  /** Whether it bears that number only because a name may travel in another form. */
  readonly isAlias: boolean
  /** `le` and `quantile` tell the samples of one series apart. */
  readonly isStructure: boolean
}

/** A matcher, and the number of its label. */
export interface NumberedMatcher {
  readonly matcher: Matcher
  readonly label: number
}

/** What a view says of the samples of one name. */
export interface SampleRule {
  /** False when none of them can be seen, whatever their labels. */
  readonly visible: boolean
  /** One of these must hold in all its matchers. Undefined: nothing is asked. */
  readonly allow: readonly (readonly NumberedMatcher[])[] | undefined
  /** None of these may hold in all its matchers. */
  readonly deny: readonly (readonly NumberedMatcher[])[]
}

export interface Selection {
  readonly families: { readonly allow: readonly NamePattern[] | undefined; readonly deny: readonly NamePattern[] }
  readonly series: { readonly allow: readonly Selector[] | undefined; readonly deny: readonly Selector[] }
}

/** Names are few; whoever sends many has what was found out about them forgotten. */
const MAX_KNOWN = 20_000
const HIDDEN: SampleRule = { visible: false, allow: undefined, deny: [] }
const STRUCTURE: readonly string[] = ['le', 'quantile']

export class ViewRules {
  readonly #selection: Selection
  readonly #actions: LabelActions
  /** Labels that selectors ask for, by their number. */
  readonly matchedLabels: readonly string[]
  readonly #samples = new Map<string, SampleRule>()

  constructor(selection: Selection, actions: LabelActions) {
    this.#selection = selection
    this.#actions = actions
    const selectors = [...(selection.series.allow ?? []), ...selection.series.deny]
    this.matchedLabels = [...new Set(selectors.flatMap(({ labels }) => labels.map(({ label }) => label)))]
  }

  /** Whether a family that shows no sample may show that it is there. */
  get showsEmptyFamilies(): boolean {
    return this.#selection.series.allow === undefined
  }

  /** @param type as in TYPE; undefined without one */
  ofSample(family: string, type: string | undefined, sample: string): SampleRule {
    const key = `${family}\n${type}\n${sample}`
    const known = this.#samples.get(key)
    if (known !== undefined) return known
    if (this.#samples.size >= MAX_KNOWN) this.#samples.clear()
    const rule = this.#judge(namesOf(family, type, sample), sample)
    this.#samples.set(key, rule)
    return rule
  }

  ofLabel(label: string): LabelRule {
    const exact = this.matchedLabels.indexOf(label)
    const matched = exact >= 0 ? exact : this.matchedLabels.findIndex((asked) => escapeUnderscores(asked, true) === label)
    return { action: this.#actions.get(label), matched, isAlias: exact < 0, isStructure: STRUCTURE.includes(label) }
  }

  #judge(names: ReadonlySet<string>, sample: string): SampleRule {
    const { families, series } = this.#selection
    const isListed = (patterns: readonly NamePattern[]): boolean => patterns.some((matches) => [...names].some((name) => matches(name)))
    if (isListed(families.deny) || (families.allow !== undefined && !isListed(families.allow))) return HIDDEN
    // Selectors are written for samples as much as for families.
    const all = new Set([...names, sample])
    const speaking = (selectors: readonly Selector[]): readonly (readonly NumberedMatcher[])[] =>
      selectors
        .filter((selector) => selector.names.every((matcher) => holdsForNames(matcher, all)))
        .map(({ labels }) => this.#number(labels))
    const deny = speaking(series.deny)
    const allow = series.allow && speaking(series.allow)
    if (allow?.length === 0 || deny.some(isEmpty)) return HIDDEN
    return { visible: true, allow: allow?.some(isEmpty) ? undefined : allow, deny }
  }

  #number(matchers: readonly Matcher[]): readonly NumberedMatcher[] {
    return matchers.map((matcher) => ({ matcher, label: this.matchedLabels.indexOf(matcher.label) }))
  }
}

const isEmpty = (list: readonly unknown[]): boolean => list.length === 0
