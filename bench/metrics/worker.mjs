/** One work with one engine, in a process of its own; the answer is one line of JSON. Started by rounds.mjs. */
import { loadEngine } from './engines/load.mjs'
import { FULL, QUICK } from './measure.mjs'
import { profileTop, startProfiling } from './profile.mjs'
import { WORKS } from './works.mjs'

/** @typedef {{ engine: string, work: string, isQuick: boolean, isProfiled: boolean }} Task */

/** @type {Task} */
const task = JSON.parse(process.argv[2] ?? '{}')
const work = WORKS[task.work]
if (work === undefined) throw new Error(`there is no work "${task.work}"`)

const engine = await loadEngine(task.engine)
if (task.isProfiled) startProfiling()
const result = await work.run(engine, task.isQuick ? QUICK : FULL)
const answer = task.isProfiled ? { ...result, top: profileTop(14) } : result
process.stdout.write(`${JSON.stringify({ ...answer, node: process.version })}\n`)
