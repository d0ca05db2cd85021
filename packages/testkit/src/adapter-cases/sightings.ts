/** What a way in answered to each case, kept for docs/reference/adversarial.md when `POSTERN_ADVERSARIAL=write` asks for it. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One file for each way in; of this machine, and not kept with the sources. */
const FOLDER = fileURLToPath(new URL('../../../../.cache/adversarial', import.meta.url))

export interface Sighting {
  readonly column: string
  /** Case to what was seen. */
  readonly seen: Readonly<Record<string, string>>
}

export const isWriting = (): boolean => process.env['POSTERN_ADVERSARIAL'] === 'write'

export class Sightings {
  readonly #place: { readonly name: string; readonly column?: string }
  readonly #seen = new Map<string, string>()

  constructor(place: { readonly name: string; readonly column?: string }) {
    this.#place = place
  }

  note({ name, numbers }: { readonly name: string; readonly numbers?: readonly number[] }, seen: string): void {
    if (numbers !== undefined) this.#seen.set(name, seen)
  }

  keep(): void {
    const { name, column } = this.#place
    if (!isWriting() || column === undefined) return
    mkdirSync(FOLDER, { recursive: true })
    const sighting: Sighting = { column, seen: Object.fromEntries(this.#seen) }
    writeFileSync(join(FOLDER, `${name.replaceAll(/[^\w]+/g, '-')}.json`), JSON.stringify(sighting, undefined, 2))
  }
}

export function readSightings(): Sighting[] {
  return readdirSync(FOLDER)
    .sort()
    .map((file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Sighting)
}
