/**
 * Two spellings of one policy: `users_file` in a file, `usersFile` in code. Names that people choose (users, claims, headers) are no
 * keys of ours and stay as they are.
 */
import { resolve } from 'node:path'
import type { ConfigPath } from './yaml.ts'

/** Options whose own keys are names of someone. */
const HOLDERS_OF_NAMES: ReadonlySet<string> = new Set(['users', 'replace', 'required_claims', 'response_headers'])

/**
 * A part of a policy file as options of the guard: keys in camel case, what was left out left out, and each `…_file` a whole path.
 * @param folder where relative paths begin
 */
export function toOptions(part: unknown, folder: string): unknown {
  return convert(part, folder, false)
}

function convert(part: unknown, folder: string, holdsNames: boolean): unknown {
  if (Array.isArray(part)) return part.map((item: unknown) => convert(item, folder, false))
  if (typeof part !== 'object' || part === null) return part
  return Object.fromEntries(
    Object.entries(part)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]: [string, unknown]) => {
        if (holdsNames) return [key, value]
        if (key.endsWith('_file')) return [camelCase(key), wholePath(value, folder)]
        return [camelCase(key), convert(value, folder, HOLDERS_OF_NAMES.has(key))]
      }),
  )
}

/** Of one file or of each in a list. */
function wholePath(value: unknown, folder: string): unknown {
  if (Array.isArray(value)) return value.map((file: unknown) => wholePath(file, folder))
  return typeof value === 'string' ? resolve(folder, value) : value
}

/** The path of an option as the file spells it: `credentials[0].usersFile` is `credentials[0].users_file`. */
export function toFilePath(path: ConfigPath): ConfigPath {
  return path.map((part, depth) =>
    typeof part === 'number' || HOLDERS_OF_NAMES.has(snakeCase(String(path[depth - 1] ?? ''))) ? part : snakeCase(part),
  )
}

const camelCase = (text: string): string => text.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
const snakeCase = (text: string): string => text.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
