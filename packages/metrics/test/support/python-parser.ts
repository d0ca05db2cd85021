/** Debian's python3-prometheus-client as a judge: the reference parser of OpenMetrics. */
import { spawnSync } from 'node:child_process'
import type { ReadFamily } from './strict-reader.ts'

const PYTHON = '/usr/bin/python3'

/** Numbers travel as text, because JSON has neither NaN nor the infinities. */
const PROGRAM = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families

def read(body):
    return [
        {'name': f.name, 'type': f.type, 'help': f.documentation,
         'samples': [{'name': s.name, 'labels': s.labels, 'value': repr(float(s.value))} for s in f.samples]}
        for f in text_string_to_metric_families(body)
    ]

print(json.dumps([read(body) for body in json.loads(sys.stdin.buffer.read())]))
`

const installed = spawnSync(PYTHON, ['-c', 'import prometheus_client.openmetrics.parser']).status === 0

/** Why the tests are skipped; undefined when they run. In CI they run whatever is missing, and fail. */
export const skipReason: string | undefined =
  installed || process.env['CI'] === 'true' ? undefined : `${PYTHON} or its module prometheus_client is not installed`

/** What the parser makes of each exposition. @throws {Error} with the parser's complaint when it refuses one. */
export function parseOpenMetrics(bodies: readonly string[]): ReadFamily[][] {
  const { status, stdout, stderr, error } = spawnSync(PYTHON, ['-c', PROGRAM], { input: JSON.stringify(bodies), encoding: 'utf8' })
  if (error) throw error
  if (status !== 0) throw new Error(stderr.trimEnd().split('\n').at(-1))
  return JSON.parse(stdout, (key, value) => (key === 'value' ? readFloat(value) : value))
}

function readFloat(text: string): number {
  const special = new Map([
    ['inf', Infinity],
    ['-inf', -Infinity],
    ['nan', Number.NaN],
  ])
  return special.get(text) ?? Number(text)
}
