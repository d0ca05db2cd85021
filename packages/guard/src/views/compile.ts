/** Views as a policy writes them, and their compilation. */
import type { CompilerEnvironment } from '../credentials/compiled.ts'
import { policyError, withPath } from '../errors.ts'
import type { Faults } from '../options/faults.ts'
import { refuseUnknownKeys } from '../options/known-keys.ts'
import { compileName } from '../options/part-name.ts'
import { acceptText, readContentType } from './content-type.ts'
import { compileNamePattern } from './family-names.ts'
import { TextFilter } from './filter.ts'
import { compileLabels, type LabelOptions } from './labels.ts'
import { type Selection, ViewRules } from './rules.ts'
import { compileSecrets, type RedactOptions } from './secrets.ts'
import { parseSelector } from './selector.ts'
import type { View } from './view.ts'

export interface ViewOptions {
  /** What rules call it, and events. */
  readonly name: string
  /** By name as in TYPE, exact or with `*` for any characters; `deny` wins. A name holds for every format: `orders` and `orders_total` of a counter are one. */
  readonly families?: NameLists
  /** By selectors as in PromQL, over the labels as the source has them; `deny` wins. */
  readonly series?: NameLists
  readonly labels?: LabelOptions
  /** Values of labels and texts of HELP that look like secrets. */
  readonly redact?: RedactOptions
}

export interface NameLists {
  /** Nothing else is seen. */
  readonly allow?: readonly string[]
  readonly deny?: readonly string[]
}

/** Compiles every view, and notes the faults of each. */
export function compileViews(
  options: readonly ViewOptions[] | undefined,
  environment: CompilerEnvironment,
  faults: Faults,
  warnings: string[],
): ReadonlyMap<string, View> {
  const views = new Map<string, View>()
  if (options === undefined) return views
  if (!Array.isArray(options) || options.length === 0) {
    faults.attempt(['views'], () => {
      throw policyError('ERR_POSTERN_POLICY', 'this is not a list of one view or more', { fix: 'List a view, or leave the key out.' })
    })
    return views
  }
  for (const [index, view] of options.entries()) {
    faults.attempt(['views', index], () => {
      const compiled = compileView(view, environment, warnings)
      if (views.has(compiled.name)) {
        throw policyError('ERR_POSTERN_POLICY', `two views are called "${compiled.name}"`, {
          path: ['name'],
          fix: 'Give each view a name of its own.',
        })
      }
      views.set(compiled.name, compiled)
    })
  }
  return views
}

/** @throws {PosternError} ERR_POSTERN_POLICY when there is none of that name */
export function chooseView(name: string | undefined, views: ReadonlyMap<string, View>): View | undefined {
  if (name === undefined) return undefined
  const view = views.get(name)
  if (view !== undefined) return view
  throw policyError('ERR_POSTERN_POLICY', `no view is called ${JSON.stringify(name)}`, {
    fix: `There are: ${[...views.keys()].join(', ') || 'none'}.`,
  })
}

/** Whoever writes a view believes that it hides something: one that no rule names hides nothing. */
export function refuseUnusedViews(views: ReadonlyMap<string, View>, used: readonly (View | undefined)[], faults: Faults): void {
  for (const [index, [name, view]] of [...views].entries()) {
    if (used.includes(view)) continue
    faults.attempt(['views', index], () => {
      throw policyError('ERR_POSTERN_POLICY', `no rule names the view "${name}", so that it hides nothing`, {
        fix: 'Write it into a rule as its view, or remove it.',
      })
    })
  }
}

/** @throws {PosternError} ERR_POSTERN_POLICY or ERR_POSTERN_FILE for the first fault */
export function compileView(options: ViewOptions, environment: CompilerEnvironment, warnings: string[]): View {
  refuseUnknownKeys(options, ['name', 'families', 'series', 'labels', 'redact'])
  const { families, series, labels, redact } = options
  if (options.name === undefined) {
    throw policyError('ERR_POSTERN_POLICY', 'this view has no name', { path: ['name'], fix: 'Name it, and name it in a rule as its view.' })
  }
  const name = compileName(options.name, 'view', '')
  if (families === undefined && series === undefined && labels === undefined && redact === undefined) {
    throw policyError('ERR_POSTERN_POLICY', `the view "${name}" hides nothing`, { fix: 'Write families, series, labels or redact.' })
  }
  const selection: Selection = {
    families: compileLists('families', families, compileNamePattern),
    series: compileLists('series', series, parseSelector),
  }
  const actions = withPath(['labels'], () => (labels === undefined ? new Map() : compileLabels(labels, environment, warnings)))
  const rules = new ViewRules(selection, actions)
  const filterRules = {
    rules,
    secrets: withPath(['redact'], () => redact && compileSecrets(redact)),
    mayMerge: labels?.drop !== undefined || labels?.replace !== undefined,
    keepsComments: families === undefined && series === undefined && labels === undefined,
  }
  return {
    name,
    accept: acceptText,
    open(contentType) {
      const format = readContentType(contentType)
      return format && new TextFilter(filterRules, format.openMetrics)
    },
    report() {},
  }
}

function compileLists<Compiled>(
  key: 'families' | 'series',
  lists: NameLists | undefined,
  compile: (item: unknown) => Compiled,
): { readonly allow: readonly Compiled[] | undefined; readonly deny: readonly Compiled[] } {
  if (lists === undefined) return { allow: undefined, deny: [] }
  return withPath([key], () => {
    refuseUnknownKeys(lists, ['allow', 'deny'])
    const compileList = (list: 'allow' | 'deny'): readonly Compiled[] | undefined => {
      const items: unknown = lists[list]
      if (items === undefined) return undefined
      return withPath([list], () => {
        if (!Array.isArray(items) || items.length === 0) {
          throw policyError('ERR_POSTERN_POLICY', 'this is not a list of one item or more', { fix: 'List one, or leave the key out.' })
        }
        return items.map((item, index) => withPath([index], () => compile(item)))
      })
    }
    const [allow, deny] = [compileList('allow'), compileList('deny')]
    if (allow === undefined && deny === undefined) {
      throw policyError('ERR_POSTERN_POLICY', 'this neither allows nor denies anything', {
        fix: 'Write allow, deny or both; or leave it out.',
      })
    }
    return { allow, deny: deny ?? [] }
  })
}
