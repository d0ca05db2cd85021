/** Other programs, run to their end: what set-up needs of a process, with time and output in one value. */
import { spawn } from 'node:child_process'

/**
 * @typedef {object} Finished
 * @property {boolean} ok
 * @property {string} output standard output, then standard error
 * @property {number} seconds
 */

/**
 * Runs a program and waits for it. A signal that would end this process is passed on first, and waited for as well: a program that is
 * left behind would go on writing.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string }} [options]
 * @returns {Promise<Finished>}
 * @throws {SetupInterrupted} when SIGINT or SIGTERM came meanwhile; the program has ended then
 */
export async function runProgram(program, args, { cwd } = {}) {
  const started = performance.now()
  const child = spawn(program, args, { ...(cwd === undefined ? {} : { cwd }), stdio: ['ignore', 'pipe', 'pipe'] })
  /** @type {NodeJS.Signals | undefined} */
  let came
  /** @param {NodeJS.Signals} signal */
  const passOn = (signal) => {
    came = signal
    child.kill(signal)
  }
  process.on('SIGINT', passOn).on('SIGTERM', passOn)
  try {
    const [stdout, stderr, { status, fault }] = await Promise.all([readAll(child.stdout), readAll(child.stderr), ending(child)])
    if (came !== undefined) throw new SetupInterrupted(came)
    return { ok: status === 0, output: fault ?? stdout + stderr, seconds: (performance.now() - started) / 1000 }
  } finally {
    process.off('SIGINT', passOn).off('SIGTERM', passOn)
  }
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<{ status: number | null, fault?: string }>} `fault` when it could not be started
 */
function ending(child) {
  return new Promise((resolve) => {
    // A signal that may not be sent (to sudo) is an error event as well; then the program runs on, and is waited for.
    child.on('error', (error) => child.pid === undefined && resolve({ status: null, fault: error.message }))
    child.on('close', (status) => resolve({ status }))
  })
}

/** @param {AsyncIterable<Buffer>} stream */
async function readAll(stream) {
  const chunks = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
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

/** Ends set-up as a shell expects of a program that a signal ended. */
export class SetupInterrupted extends Error {
  /** @override */
  name = 'SetupInterrupted'
  /** @param {NodeJS.Signals} signal */
  constructor(signal) {
    super(`interrupted by ${signal}`)
    this.status = signal === 'SIGINT' ? 130 : 143
  }
}
