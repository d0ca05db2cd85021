/** The plainest writer of parsed expositions, for the way there and back. */
import type { ParsedExposition, ParsedFamily, ParsedSample } from '../../src/parser/index.ts'

export type Syntax = 'text' | 'openmetrics'

const escape = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
const quote = (text: string): string => `"${escape(text).replaceAll('"', '\\"')}"`
const isPlain = (name: string): boolean => /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)
const nameOf = (name: string): string => (isPlain(name) ? name : quote(name))

export function writeExposition({ families }: ParsedExposition, syntax: Syntax): string {
  return families.map((family) => writeFamily(family, syntax)).join('') + (syntax === 'openmetrics' ? '# EOF\n' : '')
}

function writeFamily({ name, type, help, samples }: ParsedFamily, syntax: Syntax): string {
  const told = type === 'untyped' || type === 'unknown' ? '' : `# TYPE ${nameOf(name)} ${type}\n`
  const escaped = syntax === 'text' ? escape : (text: string): string => quote(text).slice(1, -1)
  const helped = help === undefined ? '' : `# HELP ${nameOf(name)} ${escaped(help)}\n`
  return told + helped + samples.map(writeSample).join('')
}

function writeSample({ name, labels, value, timestamp }: ParsedSample): string {
  const parts = Array.from(labels, ([label, text]) => `${nameOf(label)}=${quote(text)}`)
  const braces = isPlain(name) ? `${name}{${parts.join(',')}}` : `{${[quote(name), ...parts].join(',')}}`
  const number = Number.isNaN(value) ? 'NaN' : Object.is(value, -0) ? '-0' : String(value).replace('Infinity', 'Inf')
  return `${braces} ${number}${timestamp === undefined ? '' : ` ${timestamp}`}\n`
}
