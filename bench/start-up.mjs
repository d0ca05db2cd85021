// How long a user waits: `postern serve` to its ready line, and a second `npm start` to its own.
//   node bench/start-up.mjs [--runs 7]
// Whole processes, from spawn to the line; medians, since machines are noisy. Nothing here passes or fails.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const main = join(root, 'packages/postern/dist/main.js')
const { values } = parseArgs({ options: { runs: { type: 'string', default: '7' } } })
const runs = Math.min(Math.max(Number(values.runs) || 7, 1), 50)
const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))

/**
 * Milliseconds from spawn to the first line that matches; the process group has ended when this resolves.
 * @param {string} command @param {string[]} args @param {RegExp} pattern
 * @returns {Promise<number>}
 */
function timeToLine(command, args, pattern) {
  return new Promise((resolve, reject) => {
    const start = performance.now()
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], detached: true })
    let text = ''
    /** @type {number | undefined} */
    let milliseconds
    const limit = setTimeout(() => endGroup(child, 'SIGKILL'), 60_000)
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
      if (milliseconds === undefined && pattern.test(text)) {
        milliseconds = performance.now() - start
        endGroup(child, 'SIGTERM')
      }
    })
    child.once('close', () => {
      clearTimeout(limit)
      if (milliseconds === undefined) reject(new Error(`no ${pattern} in:\n${text}`))
      else resolve(milliseconds)
    })
  })
}

/** npm and what it started are one group; a command that could not start has no id. @param {import('node:child_process').ChildProcess} child @param {NodeJS.Signals} signal */
function endGroup(child, signal) {
  if (child.pid !== undefined) process.kill(-child.pid, signal)
}

/** @param {string} command @param {string[]} args */
const settle = (command, args) => new Promise((resolve) => spawn(command, args, { cwd: root, stdio: 'ignore' }).once('close', resolve))

/** @param {string} name @param {string} command @param {string[]} args @param {RegExp} pattern */
async function measure(name, command, args, pattern) {
  /** @type {number[]} */
  const times = []
  for (let run = 0; run < runs; run += 1) times.push(await timeToLine(command, args, pattern))
  times.sort((a, b) => a - b)
  const show = (/** @type {number} */ index) => `${((times[index] ?? 0) / 1000).toFixed(2)} s`
  console.log(`${name.padEnd(34)} median ${show(Math.floor(runs / 2))}  min ${show(0)}  max ${show(runs - 1)}  (${runs} runs)`)
}

try {
  await settle(process.execPath, [main, 'init', '--dir', join(folder, 'serve'), '--listen', 'localhost:19843'])
  await measure(
    'postern serve, to its ready line',
    process.execPath,
    [main, 'serve', '--config', join(folder, 'serve/postern.yaml')],
    /^postern serving /m,
  )
  const again = ['start', '--', '--dir', join(folder, 'demo'), '--listen', 'localhost:19845']
  await timeToLine('npm', again, /^postern ready /m)
  await measure('a second npm start, to its own', 'npm', again, /^postern ready /m)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
