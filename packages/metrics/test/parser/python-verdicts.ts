/** The verdicts of Debian's python3-prometheus-client on many OpenMetrics bodies, each on its own, from one process. */
import { spawnSync } from 'node:child_process'

const PROGRAM = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families

def reads(body):
    try:
        for family in text_string_to_metric_families(body):
            pass
        return True
    except Exception:
        return False

print(json.dumps([reads(body) for body in json.loads(sys.stdin.buffer.read())]))
`

/** True for each body that is read. @throws when the parser cannot be run. */
export function pythonReads(bodies: readonly string[]): boolean[] {
  const { status, stdout, stderr, error } = spawnSync('/usr/bin/python3', ['-c', PROGRAM], {
    input: JSON.stringify(bodies),
    encoding: 'utf8',
  })
  if (error) throw error
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}
