/** What a request asks for in the words of Kubernetes: a path, or resources that a parameter or a header names. */
import { policyError, withPath } from '../errors.ts'
import { refuseUnknownKeys } from '../options/known-keys.ts'
import type { RequestFacts } from '../request.ts'
import type { Target } from '../target.ts'
import type { Attributes } from './access-review.ts'

export interface AttributesOptions {
  /** The path to be allowed for, instead of that of the request: `/metrics`, wherever it is served. */
  readonly path?: string
  /** A resource instead of a path. */
  readonly resourceAttributes?: ResourceAttributesOptions
  /** What takes the place of `{{ .Value }}` in `resourceAttributes`. Each value is one check, and all must be allowed. */
  readonly rewrites?: RewritesOptions
}

/** `{{ .Value }}` in a text is replaced by what `rewrites` finds. Left out: all, as in Kubernetes. */
export interface ResourceAttributesOptions {
  readonly namespace?: string
  readonly apiGroup?: string
  readonly apiVersion?: string
  readonly resource?: string
  readonly subresource?: string
  readonly name?: string
}

export interface RewritesOptions {
  readonly byQueryParameter?: { readonly name: string }
  readonly byHttpHeader?: { readonly name: string }
}

export const ATTRIBUTES_KEYS = ['path', 'resourceAttributes', 'rewrites'] as const

/** Everything that a request asks for, at least one; undefined when it does not say what in a way that has one meaning. */
export type AttributesOf = (facts: RequestFacts) => readonly Attributes[] | undefined

/** @throws {PosternError} ERR_POSTERN_POLICY */
export function compileAttributes({ path, resourceAttributes, rewrites }: AttributesOptions): AttributesOf {
  if (resourceAttributes === undefined) {
    refuseBesidePath(rewrites)
    const fixed = path === undefined ? undefined : withPath(['path'], () => compilePath(path))
    return ({ method, target }) => [{ nonResourceAttributes: { path: fixed ?? pathOf(target), verb: verbOf(method) } }]
  }
  if (path !== undefined) {
    throw policyError('ERR_POSTERN_POLICY', 'a path and a resource are asked for together', {
      path: ['path'],
      fix: 'Leave out path or resourceAttributes, or write a rule for each.',
    })
  }
  const texts = withPath(['resourceAttributes'], () => compileResource(resourceAttributes))
  const hasTemplate = Object.values(texts).some((text) => TEMPLATE.test(text))
  if (hasTemplate !== (rewrites !== undefined)) {
    throw policyError(
      'ERR_POSTERN_POLICY',
      hasTemplate ? 'resourceAttributes ask for a value, and nothing says where it comes from' : 'no resource attribute takes the value',
      {
        path: [hasTemplate ? 'resourceAttributes' : 'rewrites'],
        fix: hasTemplate ? 'Add rewrites with byQueryParameter or byHttpHeader.' : 'Write {{ .Value }} in one, or leave rewrites out.',
      },
    )
  }
  const valuesOf = rewrites === undefined ? undefined : withPath(['rewrites'], () => compileRewrites(rewrites))
  return (facts) => {
    const values = valuesOf === undefined ? [''] : valuesOf(facts)
    const verb = verbOf(facts.method)
    return values?.map((value) => ({ resourceAttributes: { verb, ...fill(texts, value) } }))
  }
}

/** As in kube-rbac-proxy, but that HEAD is GET without a body here and there alike, and what it does not know is not every verb. */
function verbOf(method: string): string {
  return VERBS.get(method) ?? method.toLowerCase()
}

const VERBS: ReadonlyMap<string, string> = new Map([
  ['GET', 'get'],
  ['HEAD', 'get'],
  ['POST', 'create'],
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
])

/** `decide` has refused a request without a target before. */
const pathOf = (target: Target | undefined): string => String(target?.path)

function compilePath(path: string): string {
  if (typeof path === 'string' && path.startsWith('/')) return path
  throw policyError('ERR_POSTERN_POLICY', `${JSON.stringify(path)} is not a path`, { fix: 'Write it like /metrics.' })
}

function refuseBesidePath(rewrites: RewritesOptions | undefined): void {
  if (rewrites === undefined) return
  throw policyError('ERR_POSTERN_POLICY', 'rewrites fill resourceAttributes, and there are none', {
    path: ['rewrites'],
    fix: 'Add resourceAttributes with {{ .Value }} in one of them, or leave rewrites out.',
  })
}

/** kube-rbac-proxy's own spelling; no other template is known. */
const TEMPLATE = /\{\{ *\.Value *\}\}/

/** Our words and those of a SubjectAccessReview. */
const RESOURCE_KEYS = {
  namespace: 'namespace',
  apiGroup: 'group',
  apiVersion: 'version',
  resource: 'resource',
  subresource: 'subresource',
  name: 'name',
} as const

function compileResource(options: ResourceAttributesOptions): Readonly<Record<string, string>> {
  refuseUnknownKeys(options, Object.keys(RESOURCE_KEYS))
  const texts: Record<string, string> = {}
  for (const [key, text] of Object.entries(options)) {
    if (typeof text !== 'string' || /[{}]/.test(text.split(TEMPLATE).join(''))) {
      throw policyError('ERR_POSTERN_POLICY', `${JSON.stringify(text)} is not a text that a value can be put into`, {
        path: [key],
        fix: 'Write a plain text, with {{ .Value }} where the value belongs.',
      })
    }
    texts[RESOURCE_KEYS[key as keyof typeof RESOURCE_KEYS]] = text
  }
  if (texts['resource']) return texts
  throw policyError('ERR_POSTERN_POLICY', 'no resource is named', { path: ['resource'], fix: 'Name one, like namespaces or pods.' })
}

function fill(texts: Readonly<Record<string, string>>, value: string): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, text.split(TEMPLATE).join(value)]))
}

/** What can be the name of something in Kubernetes. No list, no pattern, and nothing empty, which would mean all. */
const VALUE = /^[A-Za-z0-9](?:[A-Za-z0-9._:-]{0,251}[A-Za-z0-9])?$/

/** Each value is a call to the API server: a client that asks for more is not a scraper. */
const MAX_VALUES = 20

function compileRewrites(rewrites: RewritesOptions): (facts: RequestFacts) => readonly string[] | undefined {
  refuseUnknownKeys(rewrites, ['byQueryParameter', 'byHttpHeader'])
  const parameter = withPath(['byQueryParameter'], () => compileHolder(rewrites.byQueryParameter))
  const header = withPath(['byHttpHeader'], () => compileHolder(rewrites.byHttpHeader))?.toLowerCase()
  if (parameter === undefined && header === undefined) {
    throw policyError('ERR_POSTERN_POLICY', 'nothing is named that holds a value', { fix: 'Add byQueryParameter or byHttpHeader.' })
  }
  return (facts) => {
    const query = parameter === undefined ? [] : parametersOf(facts.target, parameter)
    if (query === undefined) return undefined
    const values = new Set([...query, ...(header === undefined ? [] : facts.header(header))])
    if (values.size === 0 || values.size > MAX_VALUES) return undefined
    return [...values].every((value) => VALUE.test(value)) ? [...values] : undefined
  }
}

/** The name of what holds the value. */
function compileHolder(option: { readonly name: string } | undefined): string | undefined {
  if (option === undefined) return undefined
  refuseUnknownKeys(option, ['name'])
  if (typeof option.name === 'string' && /^[\w.-]{1,64}$/.test(option.name)) return option.name
  throw policyError('ERR_POSTERN_POLICY', `${JSON.stringify(option.name)} is not the name of a parameter or a header`, {
    path: ['name'],
    fix: 'Write it like namespace or X-Namespace.',
  })
}

/** Every value of a parameter, under any encoding of its name; undefined where some servers read another query (`a=1;b=2`). */
function parametersOf(target: Target | undefined, name: string): readonly string[] | undefined {
  const query = String(target?.query)
  return query.includes(';') ? undefined : new URLSearchParams(query).getAll(name)
}
