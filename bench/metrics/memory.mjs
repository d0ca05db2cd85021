/** What a series weighs, before and after it has been scraped. */
import { setImmediate as turn } from 'node:timers/promises'
import { summarize, verify } from './exposition.mjs'
import { collectGarbage } from './measure.mjs'
import { createPopulation } from './population.mjs'
import { podName } from './shape.mjs'

/**
 * Bytes on the heap and outside it. `external` has the ArrayBuffers in it already. Buffers are freed after the sweep that found them
 * dead, hence the turns.
 */
async function weigh() {
  for (let round = 0; round < 3; round += 1) {
    collectGarbage()
    await turn()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/**
 * @param {import('./population.mjs').Kind} kind
 * @param {boolean} areHeld whether the caller keeps the pod names for itself, so that an engine that keeps them too does so for nothing
 * @returns {import('./works.mjs').Run}
 */
export const memory = (kind, areHeld) => async (engine, scale) => {
  // Code compiles and caches fill on a first, small registry, which does not count.
  const warm = createPopulation(engine, kind)
  for (let index = 0; index < 300; index += 1) warm.touch(index, podName(index))
  await engine.render(warm.registry)

  const count = scale[kind]
  const pods = Array.from({ length: areHeld ? count : 0 }, (_, index) => podName(index))
  const population = createPopulation(engine, kind)
  const empty = await weigh()
  for (let index = 0; index < count; index += 1) population.touch(index, pods[index] ?? podName(index))
  const unscraped = await weigh()
  const check = summarize(await engine.render(population.registry))
  const scraped = await weigh()
  // Read once more at the end: nothing weighed above could have been thrown away before.
  verify(summarize(await engine.render(population.registry)), population.expected(), `memory of ${kind}`)
  if (pods.length !== (areHeld ? count : 0)) throw new Error('the pod names were let go')
  return { check, measures: { before: [(unscraped - empty) / count], after: [(scraped - empty) / count] } }
}
