/** The `guard` mapping of a policy, compiled: the guard's options in, its faults out in the file's own words and places. */
import { dirname, resolve } from 'node:path'
import { createGuard, type Guard, type GuardEvent, type GuardOptions, PosternError } from '@postern/guard'
import { atPlace, type ConfigDocument, type ConfigPath, compileAt, readDocument } from './document.ts'
import { toFilePath, toOptions } from './option-names.ts'
import { type PolicyFile, type TokensFile, tokensSchema } from './schema.ts'

/** Token files by the index of the credential that names them. */
type TokenFiles = Map<number, ConfigDocument<TokensFile>>

type GuardMapping = NonNullable<PolicyFile['guard']>

/** @throws {PosternError} those of `createGuard`, and ERR_POSTERN_CONFIG for a file of tokens. */
export function compileGuard(
  document: ConfigDocument<PolicyFile>,
  guard: GuardMapping,
  onEvent: ((event: GuardEvent) => void) | undefined,
  watch: boolean,
): Guard {
  const tokenFiles: TokenFiles = new Map()
  // What is no option of the guard, it refuses itself.
  const options = toOptions(withTokens(document, guard, tokenFiles), dirname(document.file)) as GuardOptions
  try {
    return createGuard(options, { watch, ...(onEvent && { onEvent }) })
  } catch (error) {
    throw toFileFaults(error, document, tokenFiles)
  }
}

/** The `guard` mapping with every file of tokens read into its place: the tokens of the file first, those of the policy after them. */
function withTokens(document: ConfigDocument<PolicyFile>, guard: GuardMapping, tokenFiles: TokenFiles): GuardMapping {
  if (guard.credentials === 'none') return guard
  const credentials = guard.credentials.map((credential, index) => {
    if (credential.type !== 'bearer' || credential.tokens_file === undefined) return credential
    const { tokens_file: name, ...rest } = credential
    const file = compileAt(document, ['guard', 'credentials', index, 'tokens_file'], () =>
      readDocument(resolve(dirname(document.file), name), tokensSchema),
    )
    tokenFiles.set(index, file)
    return { ...rest, tokens: [...file.value.tokens, ...(rest.tokens ?? [])] }
  })
  return { ...guard, credentials }
}

/** All faults of a policy, each at its own place. */
function toFileFaults(error: unknown, document: ConfigDocument<PolicyFile>, tokenFiles: TokenFiles): unknown {
  const first = toFileFault(error, document, tokenFiles)
  if (!(error instanceof PosternError && first instanceof PosternError)) return first
  const others = error.others.map((other) => toFileFault(other, document, tokenFiles)).filter((other) => other instanceof PosternError)
  return first.with({ others })
}

/** The guard tells paths in its own words; here they become the file's. */
function toFileFault(error: unknown, document: ConfigDocument<PolicyFile>, tokenFiles: TokenFiles): unknown {
  if (!(error instanceof PosternError)) return error
  const [room, index, key, position, ...rest] = error.path
  const tokens = room === 'credentials' && key === 'tokens' ? tokenFiles.get(Number(index)) : undefined
  if (tokens === undefined) return inPolicy(error, error.path, document)
  const beyond = Number(position ?? 0) - tokens.value.tokens.length
  if (position !== undefined && beyond >= 0) return inPolicy(error, ['credentials', Number(index), 'tokens', beyond, ...rest], document)
  const path = toFilePath(['tokens', ...(position === undefined ? [] : [position]), ...rest])
  return atPlace(error, path, (inner) => tokens.locate(inner))
}

const inPolicy = (error: PosternError, path: ConfigPath, document: ConfigDocument<PolicyFile>): unknown =>
  atPlace(error, ['guard', ...toFilePath(path)], (inner) => document.locate(inner))
