/** Scrapes of many series: the first, and those after everything, a hundredth or nothing has changed. */
import { summarize, verify } from './exposition.mjs'
import { collectGarbage, sampleScrapes } from './measure.mjs'
import { createPopulation } from './population.mjs'
import { section } from './profile.mjs'
import { onePercent, podName, seededRandom } from './shape.mjs'

/** Series of the registry that makes the code warm: what is measured are cold series, not a cold compiler. */
const WARM_SERIES = 300

/** @param {import('./population.mjs').Kind} kind @returns {import('./works.mjs').Run} */
export const rendering = (kind) => async (engine, scale) => {
  const warm = createPopulation(engine, kind)
  for (let index = 0; index < WARM_SERIES; index += 1) warm.touch(index, podName(index))
  for (let scrape = 0; scrape < scale.warmUpScrapes; scrape += 1) {
    warm.touch(scrape, podName(scrape))
    await engine.render(warm.registry)
  }

  const count = scale[kind]
  const pods = Array.from({ length: count }, (_, index) => podName(index))
  const { registry, touch, expected } = createPopulation(engine, kind)
  const touchAll = () => {
    for (let index = 0; index < count; index += 1) touch(index, /** @type {string} */ (pods[index]))
  }
  const random = seededRandom(3)
  const touchSome = () => {
    for (const index of onePercent(count, random)) touch(index, /** @type {string} */ (pods[index]))
  }
  const scrape = () => section(() => engine.render(registry))
  const check = (/** @type {import('./exposition.mjs').Body} */ body) => verify(summarize(body), expected(), kind)

  touchAll()
  collectGarbage()
  const started = performance.now()
  const body = await scrape()
  const first = [performance.now() - started]
  check(body)
  return {
    check: summarize(body),
    measures: {
      first,
      changed: await sampleScrapes(touchAll, scrape, check, scale),
      some: await sampleScrapes(touchSome, scrape, check, scale),
      unchanged: await sampleScrapes(() => {}, scrape, check, scale),
    },
  }
}
