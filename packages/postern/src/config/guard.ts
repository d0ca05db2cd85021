/** The `guard` mapping of a policy, compiled: the guard's options in, its faults out in the file's own words and places. */
import { dirname, resolve } from 'node:path'
import {
  type AddressOptions,
  type CredentialOptions,
  createGuard,
  type Guard,
  type GuardEvent,
  PosternError,
  type PrincipalOptions,
  type RuleOptions,
} from '@postern/guard'
import { atPlace, type ConfigDocument, type ConfigPath, compileAt, readDocument } from './document.ts'
import { type PolicyFile, type TokensFile, tokensSchema } from './schema.ts'

type CredentialEntry = Exclude<PolicyFile['guard']['credentials'], 'none'>[number]

type RuleEntry = NonNullable<PolicyFile['guard']['rules']>[number]

/** Token files by the index of the credential that names them. */
type TokenFiles = Map<number, ConfigDocument<TokensFile>>

/** @throws {PosternError} those of `createGuard`, and ERR_POSTERN_CONFIG for a file of tokens. */
export function compileGuard(document: ConfigDocument<PolicyFile>, onEvent: ((event: GuardEvent) => void) | undefined): Guard {
  const { guard } = document.value
  const tokenFiles: TokenFiles = new Map()
  const credentials =
    guard.credentials === 'none'
      ? guard.credentials
      : guard.credentials.map((credential, index) => toOptions(document, credential, index, tokenFiles))
  const addresses = toAddresses(guard.addresses)
  const rules = guard.rules?.map(toRule)
  try {
    return createGuard({ credentials, addresses, ...(rules && { rules }) }, onEvent && { onEvent })
  } catch (error) {
    throw toFileFaults(error, document, tokenFiles)
  }
}

const toAddresses = ({ allow, deny }: PolicyFile['guard']['addresses'] = {}): AddressOptions => ({
  ...(allow && { allow }),
  ...(deny && { deny }),
})

function toRule({ name, paths, methods, addresses, credentials, principals }: RuleEntry): RuleOptions {
  return {
    ...(name === undefined ? {} : { name }),
    ...(paths && { paths }),
    ...(methods && { methods }),
    ...(addresses && { addresses: toAddresses(addresses) }),
    ...(credentials && { credentials: toNames(credentials) }),
    ...(principals && { principals: principals.map(toPrincipal) }),
  }
}

const toNames = (names: NonNullable<RuleEntry['credentials']>): NonNullable<RuleOptions['credentials']> =>
  typeof names === 'object' && 'all_of' in names ? { allOf: names.all_of } : names

/** Which kinds of credential there are is for the guard to judge. */
function toPrincipal(principal: NonNullable<RuleEntry['principals']>[number]): string | PrincipalOptions {
  if (typeof principal === 'string') return principal
  return Object.fromEntries(Object.entries(principal).filter(([, value]) => value !== undefined))
}

function toOptions(
  document: ConfigDocument<PolicyFile>,
  credential: CredentialEntry,
  index: number,
  tokenFiles: TokenFiles,
): CredentialOptions {
  const folder = dirname(document.file)
  const name = credential.name === undefined ? {} : { name: credential.name }
  if (credential.type === 'client-certificate')
    return { type: credential.type, ...name, caFile: resolve(folder, credential.ca_file), names: credential.names }
  const realm = { ...name, ...(credential.realm === undefined ? {} : { realm: credential.realm }) }
  if (credential.type === 'basic') {
    const { type, users, users_file: usersFile } = credential
    return { type, ...realm, ...(users && { users }), ...(usersFile === undefined ? {} : { usersFile: resolve(folder, usersFile) }) }
  }
  const { type, tokens = [], tokens_file: tokensFile } = credential
  if (tokensFile === undefined) return { type, tokens, ...realm }
  const file = compileAt(document, ['guard', 'credentials', index, 'tokens_file'], () =>
    readDocument(resolve(folder, tokensFile), tokensSchema),
  )
  tokenFiles.set(index, file)
  return { type, tokens: [...file.value.tokens, ...tokens], ...realm }
}

/** All faults of a policy, each at its own place. */
function toFileFaults(error: unknown, document: ConfigDocument<PolicyFile>, tokenFiles: TokenFiles): unknown {
  const first = toFileFault(error, document, tokenFiles)
  if (!(error instanceof PosternError && first instanceof PosternError)) return first
  const others = error.others.map((other) => toFileFault(other, document, tokenFiles)).filter((other) => other instanceof PosternError)
  return first.with({ others })
}

/** The guard tells paths in its own words; here they become the file's: `credentials[0].usersFile` is `guard.credentials[0].users_file`. */
function toFileFault(error: unknown, document: ConfigDocument<PolicyFile>, tokenFiles: TokenFiles): unknown {
  if (!(error instanceof PosternError)) return error
  const [room, index, key, position, ...rest] = error.path
  const tokens = room === 'credentials' && key === 'tokens' ? tokenFiles.get(Number(index)) : undefined
  if (!tokens) return atPlace(error, inFile([room, index, key, position, ...rest]), (path) => document.locate(path))
  // The tokens of the file come first, those of the policy after them.
  const beyond = Number(position ?? 0) - tokens.value.tokens.length
  if (position !== undefined && beyond >= 0)
    return atPlace(error, inFile([room, index, key, beyond, ...rest]), (path) => document.locate(path))
  return atPlace(error, ['tokens', ...(position === undefined ? [] : [position]), ...rest], (path) => tokens.locate(path))
}

/** Only the names of options change: below `users` a key is a name of someone. */
function inFile(path: readonly (string | number | undefined)[]): ConfigPath {
  const known = path.filter((part) => part !== undefined)
  return ['guard', ...known.map((part, depth) => (typeof part === 'string' && (depth === 2 || part === 'allOf') ? snakeCase(part) : part))]
}

const snakeCase = (text: string): string => text.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
