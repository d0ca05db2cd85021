/** Values of the label `route`: templates of an application, bounded in length and number whatever is given. */
import { quote } from '../names.ts'
import { OTHER } from './label-values.ts'

/** Of a request that no route answers for. */
export const UNMATCHED = 'unmatched'

/** UTF-16 units: long enough for any path one writes by hand. */
const MAX_LENGTH = 200

/** A template as text: strings as they are, regular expressions as their source between slashes, lists with bars. */
export function templateText(template: unknown): string | undefined {
  if (typeof template === 'string') return template
  if (template instanceof RegExp) return String(template)
  if (Array.isArray(template)) return template.map((one) => templateText(one) ?? '').join('|')
  return undefined
}

/** Cut where it is too long, so that it is the same text each time. */
export function boundedText(text: string): string {
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH - 1)}…`
}

export class RouteNames {
  readonly #known = new Set<string>()
  readonly #max: number
  readonly #warn: (message: string) => void

  /** @param warn Told of every route that is one too many. */
  constructor(max: number, warn: (message: string) => void) {
    this.#max = max
    this.#warn = warn
  }

  /** The label's value for what an application calls the route; nothing, and what is no text, is `unmatched`. */
  of(template: unknown): string {
    const text = templateText(template)
    if (text === undefined || text === '' || text === UNMATCHED) return UNMATCHED
    const name = boundedText(text)
    if (name === OTHER || this.#known.has(name)) return name
    if (this.#known.size >= this.#max) {
      this.#warn(
        `HTTP metrics met the route ${quote(name)} after ${this.#max} others and counts it as "${OTHER}": a path for a route makes a series of every request. Return a template such as /users/:id, or raise maxRoutes.`,
      )
      return OTHER
    }
    this.#known.add(name)
    return name
  }
}
