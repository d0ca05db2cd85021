/** Work counted instead of time: how many characters a function looks at, by whatever way there is to look at one. */

type Cost = (self: string | RegExp, args: readonly unknown[], result: unknown) => number

const one: Cost = () => 1
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

const COSTS: readonly (readonly [owner: object, method: string, cost: Cost])[] = [
  [String.prototype, 'charAt', one],
  [String.prototype, 'charCodeAt', one],
  [String.prototype, 'codePointAt', one],
  // To where it was found, or to the end.
  [String.prototype, 'indexOf', (self, [, from = 0], found) => (found === -1 ? textOf(self).length : Number(found)) - Number(from) + 1],
  [String.prototype, 'slice', (_, __, piece) => textOf(piece).length],
  [String.prototype, 'startsWith', (_, [text]) => textOf(text).length],
  [String.prototype, 'endsWith', (_, [text]) => textOf(text).length],
  [String.prototype, 'includes', (self) => textOf(self).length],
  [String.prototype, 'search', (self) => textOf(self).length],
  [String.prototype, 'split', (self) => textOf(self).length],
  [RegExp.prototype, 'test', (_, [text]) => textOf(text).length],
  [RegExp.prototype, 'exec', (_, [text]) => textOf(text).length],
]

/** Runs `run` while the methods of strings and regular expressions keep count. */
export function workOf(run: () => void): number {
  let work = 0
  const restore: (() => void)[] = []
  for (const [owner, method, cost] of COSTS) {
    const descriptor = Object.getOwnPropertyDescriptor(owner, method)
    if (descriptor === undefined) throw new Error(`there is no method ${method}`)
    const original = descriptor.value as (...args: unknown[]) => unknown
    const counted = function (this: string, ...args: unknown[]): unknown {
      const result: unknown = Reflect.apply(original, this, args)
      work += cost(this, args, result)
      return result
    }
    Object.defineProperty(owner, method, { ...descriptor, value: counted })
    restore.push(() => Object.defineProperty(owner, method, descriptor))
  }
  try {
    run()
  } finally {
    for (const undo of restore) undo()
  }
  return work
}
