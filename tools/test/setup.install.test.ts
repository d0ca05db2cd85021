import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, existsSync, readFileSync, utimesSync, watch } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { install, installFault, stampInstall } from '../setup/install.mjs'
import { createTree } from './tree.ts'

const LOCK = 'package-lock.json'
const LIST = 'node_modules/.package-lock.json'
const installed = { [LOCK]: '{"v":1}', [LIST]: '{"installed":1}' }

/** Sets the time of a file to so many seconds from now. */
const age = (root: string, file: string, seconds: number): void => {
  const time = Date.now() / 1000 + seconds
  utimesSync(join(root, file), time, time)
}

describe('an install is stale', () => {
  test('when there is no node_modules', () => {
    using clone = createTree({ [LOCK]: '{}' })
    expect(installFault(clone.root)).toBe('node_modules is missing or unfinished')
  })

  test('when npm was interrupted before it wrote its list', () => {
    using clone = createTree({ [LOCK]: '{}', 'node_modules/left-over/package.json': '{}' })
    expect(installFault(clone.root)).toBe('node_modules is missing or unfinished')
  })

  test('when the lockfile has other contents than at the last install', () => {
    using clone = createTree(installed)
    stampInstall(clone.root)
    clone.write(LOCK, '{"v":2}')
    age(clone.root, LOCK, 10)
    expect(installFault(clone.root)).toBe('node_modules is older than package-lock.json')
  })

  test('when npm changed node_modules and the lockfile was taken back', () => {
    using clone = createTree(installed)
    stampInstall(clone.root)
    clone.write(LIST, '{"installed":2}')
    age(clone.root, LOCK, 10)
    expect(installFault(clone.root)).toBe('node_modules is older than package-lock.json')
  })

  test('when nobody recorded it and the lockfile is newer', () => {
    using clone = createTree(installed)
    age(clone.root, LOCK, 10)
    expect(installFault(clone.root)).toBe('node_modules is older than package-lock.json')
  })
})

describe('an install is good', () => {
  test('when a checkout touched the lockfile and changed nothing', () => {
    using clone = createTree(installed)
    stampInstall(clone.root)
    age(clone.root, LOCK, 10)
    expect(installFault(clone.root)).toBeUndefined()
  })

  test('when somebody ran npm install, which wrote both', () => {
    using clone = createTree(installed)
    stampInstall(clone.root)
    clone.write(LOCK, '{"v":2}')
    clone.write(LIST, '{"installed":2}')
    age(clone.root, LOCK, -10)
    expect(installFault(clone.root)).toBeUndefined()
  })

  test('when its record cannot be read but times agree', () => {
    using clone = createTree({ ...installed, 'node_modules/.postern-install.json': '{' })
    age(clone.root, LOCK, -10)
    expect(installFault(clone.root)).toBeUndefined()
  })
})

test('says how to get a lost lockfile back', () => {
  using clone = createTree()
  expect(() => installFault(clone.root)).toThrow('package-lock.json is missing. Restore it: git checkout package-lock.json')
})

describe('npm ci', () => {
  /** A program in npm's place that writes down how it was called. */
  const fakeNpm = (body: string): string =>
    `const fs = require('node:fs')\nfs.writeFileSync('called', process.argv.slice(2).join(' '))\n${body}`

  test('runs the npm that started us, without scripts and with the compiler', async () => {
    using clone = createTree({ ...installed, 'npm-cli.js': fakeNpm(`fs.writeFileSync('${LIST}', '{"installed":3}')`) })
    await install(clone.root, { npm_execpath: join(clone.root, 'npm-cli.js') })
    expect(readFileSync(join(clone.root, 'called'), 'utf8')).toBe('ci --ignore-scripts --include=dev --no-audit --no-fund --loglevel=error')
    stampInstall(clone.root)
    expect(installFault(clone.root)).toBeUndefined()
  })

  test('tells what npm said when it fails, and leaves nothing that looks finished', async () => {
    const npm = fakeNpm(`console.error('npm error code ENOTFOUND')\nprocess.exit(1)`)
    using clone = createTree({ ...installed, 'npm-cli.js': npm })
    stampInstall(clone.root)
    await expect(install(clone.root, { npm_execpath: join(clone.root, 'npm-cli.js') })).rejects.toThrow(
      'npm ci failed:\n    npm error code ENOTFOUND\nIf the lines above speak of the network, check the connection',
    )
    expect([LIST, 'node_modules/.postern-install.json'].map((file) => existsSync(join(clone.root, file)))).toEqual([false, false])
    expect(installFault(clone.root)).toBe('node_modules is missing or unfinished')
  })

  test('takes npm from the path when another program started us', async () => {
    using clone = createTree({ ...installed, 'bin/npm': '#!/bin/sh\necho "$@" > called\n' })
    chmodSync(join(clone.root, 'bin/npm'), 0o755)
    const before = process.env['PATH']
    process.env['PATH'] = `${join(clone.root, 'bin')}:${before}`
    try {
      await install(clone.root, { npm_execpath: '/opt/yarn.js' })
    } finally {
      process.env['PATH'] = before
    }
    expect(readFileSync(join(clone.root, 'called'), 'utf8')).toContain('ci --ignore-scripts')
  })
})

describe.each([
  { signal: 'SIGINT', status: 130 },
  { signal: 'SIGTERM', status: 143 },
] as const)('$signal during npm ci', ({ signal, status }) => {
  test('ends npm first, then set-up as a shell expects, and leaves nothing that looks finished', async () => {
    /** Says that it runs, takes its time to end, and has written its list by then. */
    const npm = `const fs = require('node:fs')
      const end = () => setTimeout(() => { fs.writeFileSync('${LIST}', '{}'); fs.writeFileSync('ended', ''); process.exit(0) }, 50)
      process.on('SIGINT', end).on('SIGTERM', end)
      setInterval(() => {}, 1000)
      fs.writeFileSync('running', '')`
    using clone = createTree({
      [LOCK]: '{}',
      'package.json': '{ "engines": { "node": ">=20.19" } }',
      'npm-cli.js': npm,
      'node_modules/': '',
    })
    cpSync(new URL('../setup.mjs', import.meta.url), join(clone.root, 'tools/setup.mjs'))
    cpSync(new URL('../setup', import.meta.url), join(clone.root, 'tools/setup'), { recursive: true })
    const env = { ...process.env, npm_execpath: join(clone.root, 'npm-cli.js') }
    const running = new Promise<void>((resolve) => {
      const watcher = watch(clone.root, (_, name) => {
        if (name !== 'running') return
        watcher.close()
        resolve()
      })
    })
    const setup = spawn(process.execPath, [join(clone.root, 'tools/setup.mjs')], { env, stdio: 'ignore' })
    await running
    setup.kill(signal)
    expect(await once(setup, 'exit')).toEqual([status, null])
    expect(existsSync(join(clone.root, 'ended'))).toBe(true)
    expect(installFault(clone.root)).toBe('node_modules is missing or unfinished')
  })
})
