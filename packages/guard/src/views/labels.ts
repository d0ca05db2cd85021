/** What becomes of labels: dropped, replaced by a fixed value, or by a keyed hash that tells values apart and says nothing of them. */
import { createHmac } from 'node:crypto'
import type { CompilerEnvironment } from '../credentials/compiled.ts'
import { policyError, withPath } from '../errors.ts'
import { refuseUnknownKeys } from '../options/known-keys.ts'
import { decodeValue } from './automaton.ts'
import { ByteKeys } from './byte-keys.ts'
import { escapeUnderscores } from './family-names.ts'

export interface LabelOptions {
  /** Series that have become equal by it are one: the first of a family stays, the others are hidden. */
  readonly drop?: readonly string[]
  /** A label's name to the value that it is given; a series without the label does not get one. */
  readonly replace?: Readonly<Record<string, string>>
  /** Values become 16 hex digits, the first of their HMAC-SHA256 under the key: the same for the same value as long as the key is. */
  readonly hash?: readonly string[]
  /** At least 32 characters. */
  readonly hashKey?: string
  /** A file with the key and nothing else; a line end after it is no part of it. */
  readonly hashKeyFile?: string
}

export type LabelAction =
  | { readonly kind: 'drop' }
  /** As it stands between quotes. */
  | { readonly kind: 'replace'; readonly value: Uint8Array }
  | { readonly kind: 'hash'; readonly hash: ValueHash }

/** By the label's name, and by the form of it that travels to who does not ask for UTF-8. */
export type LabelActions = ReadonlyMap<string, LabelAction>

/** The labels that make a histogram or summary what it is. */
const STRUCTURE: readonly string[] = ['__name__', 'le', 'quantile']
const MIN_KEY_LENGTH = 32
const HASH_DIGITS = 16
/** Bytes of values whose hashes are remembered; then they are forgotten, all at once. */
const MAX_REMEMBERED = 1_048_576

/** @throws {PosternError} ERR_POSTERN_POLICY or ERR_POSTERN_FILE for the first fault */
export function compileLabels(options: LabelOptions, environment: CompilerEnvironment, warnings: string[]): LabelActions {
  refuseUnknownKeys(options, ['drop', 'replace', 'hash', 'hashKey', 'hashKeyFile'])
  const actions = new Map<string, LabelAction>()
  const add = (name: string, action: LabelAction): void => {
    if (typeof name !== 'string' || name === '' || STRUCTURE.includes(name)) {
      throw policyError('ERR_POSTERN_POLICY', `${JSON.stringify(name)} is no label whose values can be changed`, {
        fix: 'Name another label; without le and quantile a histogram or summary means nothing, and names are chosen under families.',
      })
    }
    if (actions.has(name)) {
      throw policyError('ERR_POSTERN_POLICY', `the label "${name}" is to be changed in two ways`, { fix: 'Leave it in one of them.' })
    }
    actions.set(name, action)
  }
  const each = (key: 'drop' | 'hash', action: () => LabelAction): void => {
    const list = options[key]
    if (list === undefined) return
    withPath([key], () => {
      if (!Array.isArray(list) || list.length === 0) {
        throw policyError('ERR_POSTERN_POLICY', 'this is not a list of one label or more', { fix: 'List a label, or leave the key out.' })
      }
      const shared = action()
      for (const [index, name] of list.entries()) withPath([index], () => add(name, shared))
    })
  }
  each('drop', () => ({ kind: 'drop' }))
  withPath(['replace'], () => {
    for (const [name, value] of Object.entries(options.replace ?? {})) {
      withPath([name], () => {
        if (typeof value !== 'string') {
          throw policyError('ERR_POSTERN_POLICY', 'this is no text', { fix: 'Write the value that the label is given, in quotes.' })
        }
        add(name, { kind: 'replace', value: Buffer.from(escapeValue(value)) })
      })
    }
  })
  const hash = compileHash(options, environment, warnings)
  each('hash', () => ({ kind: 'hash', hash: requireHash(hash) }))
  if (hash !== undefined && options.hash === undefined) {
    throw policyError('ERR_POSTERN_POLICY', 'there is a key and no label that is hashed with it', { fix: 'List labels under hash.' })
  }
  if (actions.size === 0) throw policyError('ERR_POSTERN_POLICY', 'this changes no label', { fix: 'Write drop, replace or hash.' })
  for (const [name, action] of actions) {
    const escaped = escapeUnderscores(name, true)
    if (!actions.has(escaped)) actions.set(escaped, action)
  }
  return actions
}

function requireHash(hash: ValueHash | undefined): ValueHash {
  if (hash !== undefined) return hash
  throw policyError('ERR_POSTERN_POLICY', 'labels are to be hashed, and there is no key', {
    fix: 'Make one with: openssl rand -hex 32, and give it as hashKey or in a file as hashKeyFile: without it, hashes of guessed values would tell them.',
  })
}

function compileHash({ hashKey, hashKeyFile }: LabelOptions, environment: CompilerEnvironment, warnings: string[]): ValueHash | undefined {
  if (hashKey === undefined && hashKeyFile === undefined) return undefined
  const path = [hashKey === undefined ? 'hashKeyFile' : 'hashKey']
  if (hashKey !== undefined && hashKeyFile !== undefined) {
    throw policyError('ERR_POSTERN_POLICY', 'there are two keys', { path, fix: 'Give hashKey or hashKeyFile.' })
  }
  let key: unknown = hashKey
  if (hashKeyFile !== undefined) {
    const file = environment.readFile(hashKeyFile, path)
    key = file.text.replace(/\r?\n$/, '')
    if (file.readableByOthers) warnings.push(`"${hashKeyFile}" can be read by other users of this machine: chmod 600 it`)
  }
  if (typeof key === 'string' && key.length >= MIN_KEY_LENGTH) return new ValueHash(key)
  throw policyError('ERR_POSTERN_POLICY', `the key has fewer than ${MIN_KEY_LENGTH} characters`, {
    path,
    fix: 'Make one with: openssl rand -hex 32',
  })
}

/** Remembers the hashes of the values that it met: an exposition repeats them. */
export class ValueHash {
  readonly #key: string
  readonly #values = new ByteKeys(MAX_REMEMBERED)
  readonly #hashes: Uint8Array[] = []

  constructor(key: string) {
    this.#key = key
  }

  /** @param data UTF-8 with its escapes, which are no part of the value */
  of(data: Uint8Array, start: number, end: number): Uint8Array {
    const { count } = this.#values
    const value = this.#values.add(data, start, end)
    if (value < 0) this.#values.clear()
    else if (value < count) return this.#hashes[value] as Uint8Array
    const hash = createHmac('sha256', this.#key)
      .update(decodeValue(data, start, end))
      .digest('hex')
    const digits = Buffer.from(hash.slice(0, HASH_DIGITS))
    if (value >= 0) this.#hashes[value] = digits
    return digits
  }
}

export const escapeValue = (value: string): string =>
  value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`))
