/** What a schema finds in a file, told as what was read, why it is wrong and what to write instead. Repeats no value that may be a secret. */
import { stringify } from 'yaml'
import type { z } from 'zod'
import { exampleOf } from './examples.ts'
import { nearest } from './nearest.ts'
import type { ConfigPath } from './yaml.ts'

export interface SchemaFault {
  readonly path: ConfigPath
  /** Which part of the pair at `at` is told. */
  readonly part: 'key' | 'value'
  readonly at: ConfigPath
  readonly message: string
  readonly fix: string
}

/** The values that were held against the schema, and how the file spells them. */
export interface Read {
  readonly value: unknown
  readonly spelling: (path: ConfigPath) => string | undefined
}

interface Issue {
  readonly path: ConfigPath
  readonly issue: z.core.$ZodIssue
}

/** The fault to tell of `issues`, which are those of ./schema.ts: a message there is what is wanted, in a few words. */
export function firstFault(issues: readonly z.core.$ZodIssue[], read: Read): SchemaFault {
  const found = issues.flatMap((issue) => furthest(issue, []))
  const unknown = found.flatMap(({ issue, path }) =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => unknownKey(key, issue.message.split(', '), path, read)) : [],
  )
  // A key that is missing because it was misspelt is one fault: the misspelling.
  const meant = new Set(unknown.flatMap(({ meant }) => meant ?? []))
  const others = found
    .filter(
      ({ issue, path }) => issue.code !== 'unrecognized_keys' && !(valueAt(read.value, path) === undefined && meant.has(pathKey(path))),
    )
    .map(({ issue, path }) => describe(issue, path, read))
  const [first, ...rest] = [...unknown, ...others] as [SchemaFault, ...SchemaFault[]]
  const more = rest.length === 0 ? '' : ` (${rest.length} more fault${rest.length === 1 ? '' : 's'} after this one)`
  return { ...first, message: `${first.message}${more}` }
}

/** Where a value may have several forms, the fault is told of the form that reads furthest into it. */
function furthest(issue: z.core.$ZodIssue, outer: ConfigPath): readonly Issue[] {
  const path = [...outer, ...issue.path] as ConfigPath
  const forms = issue.code === 'invalid_union' ? issue.errors : []
  const deepest = forms.find((form) => form.some((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys'))
  return deepest ? deepest.flatMap((inner) => furthest(inner, path)) : [{ path, issue }]
}

function unknownKey(key: string, known: readonly string[], mapping: ConfigPath, read: Read): SchemaFault & { readonly meant?: string } {
  const at = [...mapping, key]
  const meant = nearest(key, known)
  const isThere = meant !== undefined && valueAt(read.value, [...mapping, meant]) !== undefined
  const list = `Take it out, or write one of these: ${known.join(', ')}.`
  const fix = meant === undefined ? list : isThere ? `Take it out: "${meant}" stands here already.` : `Write "${meant}".`
  if (mayBeSecret(key)) return { path: mapping, at, part: 'key', message: 'this is not a key here', fix }
  const fault = { path: at, at, part: 'key', message: `${JSON.stringify(key)} is not a key here`, fix } as const
  return meant === undefined ? fault : { ...fault, meant: pathKey([...mapping, meant]) }
}

function describe(issue: z.core.$ZodIssue, path: ConfigPath, read: Read): SchemaFault {
  const value = valueAt(read.value, path)
  const example = exampleOf(path)
  const like = example === undefined ? 'Write its keys, each with a colon and its value.' : `Write it like: ${example}`
  const fault = (message: string, fix: string): SchemaFault => ({ path, at: path, part: 'value', message, fix })
  if (value === undefined && path.length > 0) {
    const mapping = path.slice(0, -1)
    return { ...fault(`the key "${path.at(-1)}" is missing`, `Add it: ${example ?? path.at(-1)}`), path: mapping, at: mapping }
  }
  if (issue.code === 'invalid_key') {
    return {
      ...fault(`the name of a ${path.includes('users') ? 'user' : 'claim'} is empty`, 'Write the name before the colon.'),
      path: path.slice(0, -1),
      part: 'key',
    }
  }
  const hash = path.slice(0, -1).includes('users')
  const mend = hash ? 'Make a hash with: postern hash' : like
  if (issue.code === 'too_small') return fault(`this ${typeof value === 'string' ? 'text' : 'list'} is empty`, mend)
  const shown = showable(path, value, read)
  if (issue.code === 'invalid_union' && 'discriminator' in issue && typeof value === 'string') return unknownType(value, fault)
  if (issue.code === 'invalid_value') return fault(`${quoted(shown, value)} is not ${issue.message}`, `Write ${issue.message}.`)
  const said = value === null ? 'nothing stands here' : `${quoted(shown, value)} is ${kindOf(value)}`
  return fault(`${said}, and ${issue.message} is wanted here`, hash ? mend : (directFix(issue, path, value, shown) ?? mend))
}

function unknownType(type: string, fault: (message: string, fix: string) => SchemaFault): SchemaFault {
  const meant = nearest(type, ['basic', 'bearer', 'jwt', 'client-certificate', 'kubernetes'])
  const said = mayBeSecret(type) ? 'this' : JSON.stringify(type)
  return fault(
    `${said} is not a type of credential`,
    meant === undefined ? 'Write basic, bearer, jwt, client-certificate or kubernetes.' : `Write ${meant}.`,
  )
}

/** The edit itself where the value needs no more than quotes or brackets. */
function directFix(issue: z.core.$ZodIssue, path: ConfigPath, value: unknown, shown: string | undefined): string | undefined {
  if (issue.code !== 'invalid_type') return undefined
  if (issue.expected === 'boolean') return 'Write true or false, without quotes.'
  if (issue.expected === 'array' && typeof value === 'string' && value !== '' && shown !== undefined) return `Write ${inBrackets(shown)}.`
  const isPlain = typeof value === 'number' || typeof value === 'boolean'
  if (issue.expected !== 'string' || !isPlain || HAS_FORM.has(lastName(path))) return undefined
  return shown === undefined ? 'Put it in quotes.' : `Put it in quotes: "${shown}".`
}

/** Texts that quotes alone do not make right: no number is a URL, a path or a network. */
const HAS_FORM: ReadonlySet<string> = new Set(['listen', 'socket_mode', 'path', 'upstream', 'allow', 'deny', 'trusted'])

/** Keys whose values are no secret, whatever was written there. */
const SHOWN: ReadonlySet<string> = new Set([
  'listen',
  'socket_mode',
  'cert_file',
  'key_file',
  'min_version',
  'max_version',
  'cipher_suites',
  'curves',
  'prefer_server_cipher_suites',
  'path',
  'upstream',
  'web_config_file',
  'realm',
  'users_file',
  'remember_seconds',
  'tokens_file',
  'ca_file',
  'names',
  'audiences',
  'server',
  'token_file',
  'remember_seconds',
  'stale_seconds',
  'principal',
  'crl_file',
  'expired_crl',
  'allow',
  'deny',
  'unix_sockets',
  'trusted',
  'header',
  'issuer',
  'audience',
  'algorithms',
  'jwks_file',
  'discovery',
  'keep_seconds',
  'principal_claim',
  'groups_claim',
  'token_type',
  'clock_tolerance_seconds',
  'max_lifetime_seconds',
  'max_token_bytes',
  'allow_unauthenticated',
  'allow_plaintext',
])

/** The value as the file spells it, where a message may repeat it. */
function showable(path: ConfigPath, value: unknown, { spelling }: Read): string | undefined {
  const open = SHOWN.has(lastName(path)) && !path.includes('users') && !path.includes('tokens')
  const text = open ? (typeof value === 'string' ? value : spelling(path)) : undefined
  return text === undefined || mayBeSecret(text) ? undefined : text
}

/** A hash, a digest, a token or a password in a URL, by the look of it; or nothing that one line can show. */
const mayBeSecret = (text: string): boolean => text.length > 64 || /[^ -~]|[$@]|[\w+/=-]{32}/.test(text)

const quoted = (shown: string | undefined, value: unknown): string =>
  shown === undefined ? 'this' : typeof value === 'string' ? JSON.stringify(shown) : shown

/** `a, b` was meant as two. What starts with a sign is quoted also where YAML would not ask for it. */
const inBrackets = (text: string): string => `[${text.split(/, */).map(inFlow).join(', ')}]`

const inFlow = (text: string): string =>
  /^\w/.test(text)
    ? stringify([text], { lineWidth: 0, collectionStyle: 'flow', flowCollectionPadding: false }).trimEnd().slice(1, -1)
    : JSON.stringify(text)

/** The name of the key, also for an item of its list. */
const lastName = (path: ConfigPath): string => path.findLast((part) => typeof part === 'string') ?? ''

const pathKey = (path: ConfigPath): string => JSON.stringify(path)

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  return KINDS.get(typeof value) ?? 'a mapping'
}

const KINDS: ReadonlyMap<string, string> = new Map([
  ['string', 'a text'],
  ['number', 'a number'],
  ['boolean', 'a truth value'],
])

function valueAt(value: unknown, path: ConfigPath): unknown {
  let at = value
  for (const part of path) at = typeof at === 'object' && at !== null && Object.hasOwn(at, part) ? at[part as keyof typeof at] : undefined
  return at
}
