import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { nodeVersionFault } from '../setup/node-version.mjs'
import { debianPackages, installLine, installPackages, missingNeeds, NEEDS } from '../setup/programs.mjs'
import { createTree, type Tree } from './tree.ts'

/** A machine with the given programs on its path; those in the system's own folders count as well. */
function createMachine(programs: Readonly<Record<string, string>>, modules: readonly string[] = []): Tree {
  const tree = createTree(Object.fromEntries(modules.map((name) => [`modules/${name}/__init__.py`, ''])))
  for (const [name, script] of Object.entries(programs)) {
    tree.write(`bin/${name}`, `#!/bin/sh\n${script}\n`)
    chmodSync(join(tree.root, 'bin', name), 0o755)
  }
  return tree
}

const inMachine = ({ root }: Tree) => ({ path: join(root, 'bin'), python: join(root, 'bin/python3'), pythonModules: join(root, 'modules') })

describe('what is missing', () => {
  test('is nothing where every program and module is', async () => {
    const programs = NEEDS.filter((need) => need.kind === 'program').map((need) => [need.name, ''])
    using machine = createMachine({ ...Object.fromEntries(programs), python3: 'exit 1' }, ['flask', 'prometheus_client'])
    expect(await missingNeeds(inMachine(machine))).toEqual([])
  })

  test('is told by name, and a file that cannot be run counts as missing', async () => {
    using machine = createMachine({ promtool: '', htpasswd: '', python3: 'exit 1' }, ['flask'])
    chmodSync(join(machine.root, 'bin/htpasswd'), 0o644)
    const missing = (await missingNeeds(inMachine(machine))).map((need) => need.name)
    expect(missing).toEqual(expect.arrayContaining(['prometheus', 'htpasswd', 'prometheus_client']))
    expect(missing).not.toEqual(expect.arrayContaining(['promtool']))
    expect(missing).not.toEqual(expect.arrayContaining(['flask']))
  })

  test('counts a Python module that only the interpreter finds', async () => {
    using machine = createMachine({ python3: 'test "$2" = "import flask"' })
    const modules = (await missingNeeds(inMachine(machine))).filter((need) => need.kind === 'python module')
    expect(modules.map((need) => need.name)).toEqual(['prometheus_client'])
  })

  test('counts every Python module where there is no interpreter', async () => {
    using machine = createMachine({}, ['flask', 'prometheus_client'])
    const modules = (await missingNeeds(inMachine(machine))).filter((need) => need.kind === 'python module')
    expect(modules.map((need) => need.name)).toEqual(['flask', 'prometheus_client'])
  })

  test('is mended by one line, each package once', async () => {
    const missing = NEEDS.filter((need) => ['prometheus', 'promtool', 'prometheus-pushgateway', 'nginx'].includes(need.name))
    expect(debianPackages(missing)).toEqual(['prometheus', 'prometheus-pushgateway', 'nginx-light'])
    expect(installLine(missing)).toBe('sudo apt-get install -y --no-install-recommends prometheus prometheus-pushgateway nginx-light')
  })
})

describe('apt-get', () => {
  /** Writes down how it was called, whether services were held, and what the frontend was. */
  const record = 'echo "$1 $DEBIAN_FRONTEND $(sh "$POLICY"; echo $?) $*" >> "$LOG"'
  const run = async (machine: Tree): Promise<{ fault: string | undefined; policy: string; log: string[] }> => {
    const policy = join(machine.root, 'policy-rc.d')
    const log = join(machine.root, 'log')
    const shell = ['env', `PATH=${join(machine.root, 'bin')}:/usr/bin:/bin`, `POLICY=${policy}`, `LOG=${log}`, '/bin/sh']
    const { fault } = await installPackages(['prometheus', 'nginx-light'], { policy, shell })
    return { fault, policy, log: readFileSync(log, 'utf8').trim().split('\n') }
  }

  test('installs while services are held off, and the hold is taken away', async () => {
    using machine = createMachine({ 'apt-get': record, systemctl: 'echo "$*" >> "$LOG"' })
    const { fault, policy, log } = await run(machine)
    expect(fault).toBeUndefined()
    expect(log).toEqual([
      'update noninteractive 101 update -q -o Acquire::Retries=2',
      'install noninteractive 101 install -q -y --no-install-recommends -o DPkg::Lock::Timeout=120 -o Acquire::Retries=2 prometheus nginx-light',
      'disable --quiet prometheus',
      'disable --quiet nginx',
    ])
    expect(existsSync(policy)).toBe(false)
  })

  test('leaves the policy of the administrator alone', async () => {
    using machine = createMachine({ 'apt-get': record, systemctl: '' })
    machine.write('policy-rc.d', 'exit 104\n')
    const { policy, log } = await run(machine)
    expect(log[0]).toContain(' 104 ')
    expect(readFileSync(policy, 'utf8')).toBe('exit 104\n')
  })

  test('takes away a hold that an earlier run was killed over', async () => {
    using machine = createMachine({ 'apt-get': record, systemctl: '' })
    machine.write('policy-rc.d', "# Written by Postern's tools/setup.mjs while it installs packages; safe to delete.\nexit 101\n")
    expect(existsSync((await run(machine)).policy)).toBe(false)
  })

  test('tries with the lists of before when they cannot be renewed', async () => {
    using machine = createMachine({ 'apt-get': `${record}; test "$1" != update`, systemctl: '' })
    const { fault, log } = await run(machine)
    expect([fault, log.length]).toEqual([undefined, 2])
  })

  test('tells what it said when it fails, and the hold is taken away', async () => {
    using machine = createMachine({
      'apt-get': `${record}; echo "W: slow"; test "$1" = update || { echo "E: Unable to fetch some archives" >&2; exit 100; }`,
    })
    const { fault, policy } = await run(machine)
    expect(fault).toBe('apt-get failed:\n    E: Unable to fetch some archives')
    expect(existsSync(policy)).toBe(false)
  })

  test('is not tried where this user may not', async () => {
    expect(await installPackages(['prometheus'], { shell: [] })).toEqual({ fault: 'this user may not install packages', seconds: 0 })
  })
})

describe('the version of Node.js', () => {
  test.each(['v20.19.0', 'v20.20.2', 'v22.0.0', 'v100.1.0'])('%s will do', (version) => {
    expect(nodeVersionFault(version, '>=20.19')).toBeUndefined()
  })

  test.each(['v20.18.3', 'v18.20.4', 'v8.0.0'])('%s is too old', (version) => {
    expect(nodeVersionFault(version, '>=20.19')).toBe(
      `Postern needs Node.js 20.19 or later and this is ${version}. Install a newer one from https://nodejs.org.`,
    )
  })

  test('a range of another form is not guessed at', () => {
    expect(nodeVersionFault('v20.19.0', '^20')).toBe('Cannot compare Node.js v20.19.0 with the range "^20" of package.json.')
  })
})

test('set-up stops with one line when Node.js is too old', () => {
  using clone = createTree({ 'package.json': '{ "engines": { "node": ">=99.1" } }' })
  for (const file of ['tools/setup.mjs', 'tools/setup/node-version.mjs']) {
    clone.write(file, readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8'))
  }
  const { status, stderr, stdout } = spawnSync(process.execPath, [join(clone.root, 'tools/setup.mjs')], { encoding: 'utf8' })
  expect([status, stdout]).toEqual([1, ''])
  expect(stderr).toBe(`Postern needs Node.js 99.1 or later and this is ${process.version}. Install a newer one from https://nodejs.org.\n`)
})
