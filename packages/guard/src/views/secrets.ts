/** What a value looks like when it should not be in an exposition: by its form alone, since nothing else is known of it. */
import { policyError, withPath } from '../errors.ts'
import { refuseUnknownKeys } from '../options/known-keys.ts'
import { Automaton } from './automaton.ts'
import { parseExpression } from './expression.ts'

export type SecretKind = 'jwt' | 'private-key' | 'url-password' | 'email' | 'token'

/** The kinds that are known by name, each an expression that is searched for in a value. */
const KINDS: Readonly<Record<SecretKind, string>> = {
  /** Three parts in base64url, the first two of which are JSON objects (RFC 7519). */
  jwt: String.raw`eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`,
  'private-key': '-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY',
  /** `scheme://user:password@host` */
  'url-password': String.raw`[A-Za-z][A-Za-z0-9+.-]*://[^/?#\s:@]*:[^/\s@]+@`,
  email: String.raw`[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}`,
  /** By the prefixes that their issuers give them for this purpose; as headers carry them; and as queries name them. */
  token: [
    'gh[opusr]_[A-Za-z0-9]{36}',
    'github_pat_[A-Za-z0-9_]{22}',
    'gl(pat|dt|rt|ptt|cbt)-[A-Za-z0-9_-]{20}',
    'xox[abeoprs]-[A-Za-z0-9-]{10}',
    'A(KIA|SIA)[A-Z0-9]{16}',
    'AIza[A-Za-z0-9_-]{35}',
    String.raw`ya29\.[A-Za-z0-9_-]{20}`,
    '[rs]k_(live|test)_[A-Za-z0-9]{16}',
    'sk-[A-Za-z0-9_-]{20}',
    'npm_[A-Za-z0-9]{36}',
    'pypi-[A-Za-z0-9_-]{16}',
    'dckr_pat_[A-Za-z0-9_-]{20}',
    'dop_v1_[a-f0-9]{64}',
    String.raw`hv[bs]\.[A-Za-z0-9_-]{24}`,
    String.raw`SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16}`,
    'glsa_[A-Za-z0-9]{32}',
    '([Bb]earer|BEARER) [A-Za-z0-9._~+/-]{16}',
    '([Bb]asic|BASIC) [A-Za-z0-9+/]{12,}',
    '([Pp]assword|passwd|pwd|[Ss]ecret|[Aa]pi[_-]?[Kk]ey|([Aa]ccess|[Aa]uth|[Rr]efresh)[_-]?[Tt]oken|[?&]token)=[^&\\s]{4}',
  ].join('|'),
}

export interface RedactOptions {
  /** `'secrets'` for every kind there is, or a list of kinds and of expressions (RE2) that are searched for in values. */
  readonly patterns: 'secrets' | readonly (SecretKind | { readonly name: string; readonly expression: string })[]
  /** `redact` puts a mark in the value's place, `report` leaves it and only tells. */
  readonly mode: 'redact' | 'report'
}

export interface Secrets {
  readonly redacts: boolean
  /** Everything at once. */
  readonly any: Automaton
  /** One by one, to say what was found. */
  readonly kinds: readonly { readonly name: string; readonly automaton: Automaton }[]
}

/** @throws {PosternError} ERR_POSTERN_POLICY for a pattern or mode that cannot be read */
export function compileSecrets(options: RedactOptions): Secrets {
  refuseUnknownKeys(options, ['patterns', 'mode'])
  if (options.mode !== 'redact' && options.mode !== 'report') {
    throw policyError('ERR_POSTERN_POLICY', `${JSON.stringify(options.mode)} is not a mode of redaction`, {
      path: ['mode'],
      fix: 'Write redact, or report to leave the values and be told of them.',
    })
  }
  const patterns = withPath(['patterns'], () => namePatterns(options.patterns))
  const parsed = patterns.map(({ name, source, path }) => ({ name, expression: withPath(path, () => parseExpression(source)) }))
  return {
    redacts: options.mode === 'redact',
    any: new Automaton({ kind: 'choice', parts: parsed.map(({ expression }) => expression) }, { searches: true }),
    kinds: parsed.map(({ name, expression }) => ({ name, automaton: new Automaton(expression, { searches: true }) })),
  }
}

interface NamedSource {
  readonly name: string
  readonly source: string
  readonly path: readonly (string | number)[]
}

function namePatterns(patterns: RedactOptions['patterns']): readonly NamedSource[] {
  const all = Object.keys(KINDS) as SecretKind[]
  const listed = patterns === 'secrets' ? all : patterns
  if (!Array.isArray(listed) || listed.length === 0) {
    throw policyError('ERR_POSTERN_POLICY', 'this is no list of one pattern or more', {
      fix: `Write secrets for every kind, or list some: ${all.join(', ')}, or { name, expression }.`,
    })
  }
  return listed.map((pattern: SecretKind | { readonly name: string; readonly expression: string }, index) =>
    withPath([index], () => {
      if (typeof pattern === 'object' && pattern !== null) {
        refuseUnknownKeys(pattern, ['name', 'expression'])
        const { name, expression } = pattern
        if (typeof name === 'string' && /^[\w.-]{1,64}$/.test(name) && typeof expression === 'string' && expression !== '') {
          return { name, source: expression, path: ['patterns', index, 'expression'] }
        }
      } else if (all.includes(pattern)) return { name: pattern, source: KINDS[pattern], path: [] }
      throw policyError('ERR_POSTERN_POLICY', `${JSON.stringify(pattern)} is not a pattern of secrets`, {
        fix: `Write one of ${all.join(', ')}, or { name, expression } with an expression in the syntax of RE2.`,
      })
    }),
  )
}
