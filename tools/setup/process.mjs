/** Other programs, run to their end: what set-up needs of a process, with time and output in one value. */
import { spawnSync } from 'node:child_process'

/**
 * @typedef {object} Finished
 * @property {boolean} ok
 * @property {string} output standard output, then standard error
 * @property {number} seconds
 */

/**
 * Runs a program and waits for it.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string }} [options]
 * @returns {Finished}
 */
export function runProgram(program, args, { cwd } = {}) {
  const started = performance.now()
  const result = spawnSync(program, args, {
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  const output = result.error ? result.error.message : result.stdout + result.stderr
  return { ok: result.status === 0, output, seconds: (performance.now() - started) / 1000 }
}

/**
 * The last lines of a failed program: where the reason usually stands.
 * @param {string} output
 * @param {number} [count]
 */
export function lastLines(output, count = 12) {
  return output
    .trimEnd()
    .split('\n')
    .slice(-count)
    .map((line) => `    ${line}`)
    .join('\n')
}

/** Ends set-up with a message for a person: what was tried, why it failed, what to do. */
export class SetupFault extends Error {
  /** @override */
  name = 'SetupFault'
}
