/** The programs that the end-to-end tests use beside Node.js: which are missing, and how Debian brings them. */
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { lastLines, runProgram } from './process.mjs'

/**
 * @typedef {object} Need
 * @property {'program' | 'python module'} kind
 * @property {string} name
 * @property {string} debian the package that brings it
 */

/** @type {readonly Need[]} */
export const NEEDS = [
  { kind: 'program', name: 'prometheus', debian: 'prometheus' },
  { kind: 'program', name: 'promtool', debian: 'prometheus' },
  { kind: 'program', name: 'prometheus-node-exporter', debian: 'prometheus-node-exporter' },
  { kind: 'program', name: 'prometheus-pushgateway', debian: 'prometheus-pushgateway' },
  { kind: 'program', name: 'nginx', debian: 'nginx-light' },
  { kind: 'program', name: 'redis-server', debian: 'redis-server' },
  { kind: 'program', name: 'haproxy', debian: 'haproxy' },
  { kind: 'program', name: 'htpasswd', debian: 'apache2-utils' },
  { kind: 'program', name: 'openssl', debian: 'openssl' },
  { kind: 'program', name: 'curl', debian: 'curl' },
  { kind: 'python module', name: 'flask', debian: 'python3-flask' },
  { kind: 'python module', name: 'prometheus_client', debian: 'python3-prometheus-client' },
]

/** The interpreter that Debian's packages install for; one from elsewhere on the path would not see them. */
const PYTHON = '/usr/bin/python3'
const PYTHON_MODULES = '/usr/lib/python3/dist-packages'
/** Debian keeps daemons where an ordinary user's path does not look. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin']

/**
 * The needs that this machine does not meet.
 * @param {{ path?: string, python?: string, pythonModules?: string }} [places] where to look; the defaults are this machine's
 * @returns {Promise<Need[]>}
 */
export async function missingNeeds({ path = process.env['PATH'] ?? '', python = PYTHON, pythonModules = PYTHON_MODULES } = {}) {
  const folders = [...path.split(delimiter).filter((folder) => folder !== ''), ...SYSTEM_FOLDERS]
  const missing = []
  for (const need of NEEDS) {
    const { kind, name } = need
    const found =
      kind === 'program' ? folders.some((folder) => isExecutable(join(folder, name))) : await hasPythonModule(name, python, pythonModules)
    if (!found) missing.push(need)
  }
  return missing
}

/** The Debian packages that would meet `needs`, each once. @param {readonly Need[]} needs */
export function debianPackages(needs) {
  return [...new Set(needs.map((need) => need.debian))]
}

/** The one line that mends it by hand. @param {readonly Need[]} needs */
export function installLine(needs) {
  return `sudo apt-get install -y --no-install-recommends ${debianPackages(needs).join(' ')}`
}

/**
 * One script under one sudo, so that whatever ends it also removes the policy file. While that file says 101, invoke-rc.d and
 * deb-systemd-invoke start nothing (Debian Policy 9.3.3); what systemd would start at the next boot is disabled afterwards.
 * $1 is the policy file, $2 the mark that tells ours from the administrator's, the rest are packages.
 */
const INSTALL_SCRIPT = `set -u
policy=$1; mark=$2; shift 2
if [ ! -e "$policy" ] || grep -qF "$mark" "$policy"; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT; trap 'exit 143' TERM HUP
  printf '#!/bin/sh\\n# %s\\nexit 101\\n' "$mark" > "$policy" && chmod 755 "$policy" || exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q -o Acquire::Retries=2 || echo "apt-get update failed; the lists of before are used" >&2
apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=120 -o Acquire::Retries=2 "$@" || exit 1
if command -v systemctl >/dev/null 2>&1; then
  for unit in "$@"; do systemctl disable --quiet "\${unit%-light}" 2>/dev/null || true; done
fi
`
const MARK = "Written by Postern's tools/setup.mjs while it installs packages; safe to delete."

/**
 * Installs Debian packages without starting what is in them.
 * @param {readonly string[]} packages
 * @param {{ policy?: string, shell?: readonly string[] }} [options] `shell`: what runs the script, see {@link administratorShell}
 * @returns {Promise<{ fault: string | undefined, seconds: number }>} `fault` says what apt-get said
 */
export async function installPackages(packages, { policy = '/usr/sbin/policy-rc.d', shell } = {}) {
  const [program, ...first] = shell ?? (await administratorShell()) ?? []
  if (program === undefined) return { fault: 'this user may not install packages', seconds: 0 }
  // Ctrl-C reaches the script: it cleans up and ends, and only then does this process.
  const { ok, output, seconds } = await runProgram(program, [...first, '-c', INSTALL_SCRIPT, 'setup', policy, MARK, ...packages])
  return { fault: ok ? undefined : `apt-get failed:\n${lastLines(aptErrors(output))}`, seconds }
}

/** The lines that apt-get marks as errors, else all. @param {string} output */
function aptErrors(output) {
  const errors = output.split('\n').filter((line) => line.startsWith('E: '))
  return errors.length > 0 ? errors.join('\n') : output
}

/**
 * How to run a shell script as the administrator without a question, or undefined where that is not possible.
 * @returns {Promise<readonly string[] | undefined>}
 */
export async function administratorShell() {
  if (!existsSync('/usr/bin/apt-get')) return undefined
  if (process.getuid?.() === 0) return ['/bin/sh']
  return (await runProgram('sudo', ['-n', 'true'])).ok ? ['sudo', '-n', '/bin/sh'] : undefined
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Looks at Debian's folder first, which costs no process. @param {string} name @param {string} python @param {string} modules */
async function hasPythonModule(name, python, modules) {
  if (!isExecutable(python)) return false
  return existsSync(join(modules, name)) || (await runProgram(python, ['-c', `import ${name}`])).ok
}
