/** A small and unforgiving reader of both text formats: what a naive second implementation makes of our output. */

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface ReadFamily {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly samples: Sample[]
}

const SUFFIXES = {
  text: { counter: [''], gauge: [''], histogram: ['_bucket', '_sum', '_count'] },
  openmetrics: { counter: ['_total', '_created'], gauge: [''], histogram: ['_bucket', '_sum', '_count', '_created'] },
}

/** @throws {Error} at the first byte that the format does not allow, at a family in two pieces, at a series that is there twice. */
export function readExposition(body: string, syntax: 'text' | 'openmetrics'): ReadFamily[] {
  if (/\p{Surrogate}/u.test(body)) throw new Error('not UTF-8')
  const lines = body.split('\n')
  if (lines.pop() !== '') throw new Error('the last line does not end')
  if (syntax === 'openmetrics' && lines.pop() !== '# EOF') throw new Error('no # EOF')
  const families: ReadFamily[] = []
  const series = new Set<string>()
  for (let at = 0; at < lines.length; ) {
    const first = readComment(lines[at++], syntax === 'text' ? 'HELP' : 'TYPE')
    const second = readComment(lines[at++], syntax === 'text' ? 'TYPE' : 'HELP')
    const [type, help] = syntax === 'text' ? [second, first] : [first, second]
    if (first.name !== second.name) throw new Error(`${first.name} and ${second.name} are one head`)
    if (families.some((family) => family.name === type.name)) throw new Error(`${type.name} is there twice`)
    const family = {
      name: type.name,
      type: type.rest,
      help: unescape(help.rest, syntax === 'text' ? '\\n' : '\\n"'),
      samples: [] as Sample[],
    }
    const allowed = suffixesOf(syntax, family.type).map((suffix) => family.name + suffix)
    for (let line = lines[at]; line !== undefined && !line.startsWith('#'); line = lines[(at += 1)]) {
      const sample = readSample(line)
      if (!allowed.includes(sample.name)) throw new Error(`${sample.name} is no sample of ${family.name}`)
      const key = JSON.stringify([sample.name, seriesKey(sample.labels)])
      if (series.has(key)) throw new Error(`${key} is there twice`)
      series.add(key)
      family.samples.push(sample)
    }
    if (syntax === 'openmetrics') checkCounterLike(family)
    families.push(family)
  }
  return families
}

/**
 * What OpenMetrics asks of all that only grows: neither below zero nor NaN; of a histogram a sum and a count, equal to the last bucket,
 * or none of the two; no sum beside a bound below zero.
 */
function checkCounterLike({ name, type, samples }: ReadFamily): void {
  if (type === 'gauge') return
  const bad = samples.find(({ value }) => !(value >= 0))
  if (bad !== undefined) throw new Error(`${bad.name} is a counter and cannot be ${bad.value}`)
  if (type !== 'histogram') return
  const of = (suffix: string): Map<string, number> =>
    new Map(samples.filter((sample) => sample.name === name + suffix).map(({ labels, value }) => [seriesKey(labels), value]))
  const [sums, counts] = [of('_sum'), of('_count')]
  for (const key of sums.keys()) if (!counts.has(key)) throw new Error(`${name}_sum without its count: ${key}`)
  for (const key of counts.keys()) if (!sums.has(key)) throw new Error(`${name}_count without its sum: ${key}`)
  for (const { labels, value } of samples.filter((sample) => sample.name === `${name}_bucket`)) {
    const { le = '', ...rest } = labels
    const count = counts.get(seriesKey(rest))
    if (readNumber(le) < 0 && count !== undefined) throw new Error(`${name}_sum beside the bound ${le}`)
    if (le === '+Inf' && count !== undefined && count !== value) throw new Error(`${name}_count is ${count} and its last bucket ${value}`)
  }
}

/** One text per label set, whatever the order of its labels. */
export function seriesKey(labels: Readonly<Record<string, string>>): string {
  const names = Object.keys(labels).toSorted((a, b) => (a < b ? -1 : 1))
  return JSON.stringify(names.map((name) => [name, labels[name]]))
}

function suffixesOf(syntax: 'text' | 'openmetrics', type: string): readonly string[] {
  const suffixes = new Map(Object.entries(SUFFIXES[syntax])).get(type)
  if (suffixes === undefined) throw new Error(`${type} is no type`)
  return suffixes
}

function readComment(line: string | undefined, kind: string): { name: string; rest: string } {
  const match = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) ([^]*)$/.exec(line ?? '')
  if (match?.[1] !== kind) throw new Error(`expected # ${kind}: ${line}`)
  const [, , name = '', rest = ''] = match
  return { name, rest }
}

function readSample(line: string): Sample {
  const match = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[^"]|"(?:[^"\\]|\\.)*")+)\})? ([^ ]+)$/.exec(line)
  if (match === null) throw new Error(`not a sample: ${line}`)
  const labels: Record<string, string> = Object.create(null)
  let rest = match[2] ?? ''
  while (rest !== '') {
    const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,(?=.)|$)/s.exec(rest)
    if (label === null) throw new Error(`not labels: ${rest}`)
    const [whole, name = '', value = ''] = label
    if (Object.hasOwn(labels, name)) throw new Error(`label twice: ${line}`)
    labels[name] = unescape(value, '\\n"')
    rest = rest.slice(whole.length)
  }
  const [, name = '', , value = ''] = match
  return { name, labels, value: readNumber(value) }
}

export function readNumber(text: string): number {
  if (text === '+Inf') return Infinity
  if (text === '-Inf') return -Infinity
  if (text === 'NaN') return Number.NaN
  if (!/^-?\d+(\.\d+)?(e[+-]\d+)?$/.test(text)) throw new Error(`not a number: ${text}`)
  return Number(text)
}

function unescape(text: string, allowed: string): string {
  return text.replace(/\\(.?)/gs, (_, escaped: string) => {
    if (escaped === '' || !allowed.includes(escaped)) throw new Error(`bad escape in ${text}`)
    return escaped === 'n' ? '\n' : escaped
  })
}
