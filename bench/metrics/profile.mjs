/** Where the time goes: V8's sampling profiler around the parts that are measured, summed by function. */
import { Session } from 'node:inspector'

/** Microseconds between samples. */
const INTERVAL = 200

/** @type {Session | undefined} */
let session
/** @type {Map<string, number>} samples by function */
const self = new Map()

/** From now on {@link section} looks. The session lives in this process, so its answers come before `post` returns. */
export function startProfiling() {
  session = new Session()
  session.connect()
  session.post('Profiler.enable')
  session.post('Profiler.setSamplingInterval', { interval: INTERVAL })
}

/**
 * Runs one measured part, profiled if that was asked for.
 * @template T @param {() => T | Promise<T>} part @returns {T | Promise<T>}
 */
export function section(part) {
  return session === undefined ? part() : profiled(session, part)
}

/** @template T @param {Session} session @param {() => T | Promise<T>} part @returns {Promise<T>} */
async function profiled(session, part) {
  session.post('Profiler.start')
  try {
    return await part()
  } finally {
    session.post('Profiler.stop', (error, answer) => {
      if (error === null) add(answer.profile)
    })
  }
}

/** @param {import('node:inspector').Profiler.Profile} profile */
function add({ nodes }) {
  for (const { callFrame, hitCount = 0 } of nodes) {
    if (hitCount === 0 || callFrame.functionName === '(idle)') continue
    const file = callFrame.url.split('/').slice(-2).join('/')
    const name = `${callFrame.functionName || (file === '' ? '(native)' : '(anonymous)')}${file === '' ? '' : ` ${file}:${callFrame.lineNumber + 1}`}`
    self.set(name, (self.get(name) ?? 0) + hitCount)
  }
}

/** The functions that took most, with their share of the time from 0 to 1. @param {number} count */
export function profileTop(count) {
  const total = [...self.values()].reduce((sum, hits) => sum + hits, 0)
  return [...self]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([name, hits]) => ({ name, share: hits / total }))
}
