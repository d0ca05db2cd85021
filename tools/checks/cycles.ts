/** Circles in a graph of imports. */

/**
 * Every strongly connected group of two or more files (and a file that imports itself), each as one closed walk.
 * Tarjan's algorithm: linear in files and arrows.
 */
export function findCycles(arrows: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>()
  const open: string[] = []
  const groups: string[][] = []
  const visit = (file: string): number => {
    const mine = order.size
    order.set(file, mine)
    open.push(file)
    let low = mine
    for (const target of arrows.get(file) ?? []) {
      if (!arrows.has(target)) continue
      if (!order.has(target)) low = Math.min(low, visit(target))
      else if (open.includes(target)) low = Math.min(low, order.get(target) ?? low)
    }
    if (low === mine) groups.push(open.splice(open.indexOf(file)))
    return low
  }
  for (const file of arrows.keys()) if (!order.has(file)) visit(file)
  return groups
    .filter((group) => group.length > 1 || arrows.get(group[0] ?? '')?.includes(group[0] ?? ''))
    .map((group) => walk(group, arrows))
}

/** The shortest way from the group's first file back to itself. */
function walk(group: readonly string[], arrows: ReadonlyMap<string, readonly string[]>): string[] {
  const start = [...group].sort()[0] ?? ''
  const members = new Set(group)
  const queue: string[][] = [[start]]
  const seen = new Set<string>()
  for (let way = queue.shift(); way !== undefined; way = queue.shift()) {
    for (const target of arrows.get(way.at(-1) ?? '') ?? []) {
      if (target === start) return way
      if (!members.has(target) || seen.has(target)) continue
      seen.add(target)
      queue.push([...way, target])
    }
  }
  return [start]
}
