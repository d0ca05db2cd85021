/** Unit tests run on the sources, end-to-end tests on the built command; both start real servers on free loopback ports. */
import { defineConfig } from 'vitest/config'

const conditions = ['@postern/source']
const shared = { resolve: { conditions }, ssr: { resolve: { conditions, externalConditions: conditions } } }

export default defineConfig({
  test: {
    // End-to-end tests mostly wait for other programs: a third worker uses what they leave of two cores.
    maxWorkers: 3,
    projects: [
      { ...shared, test: { name: 'unit', include: ['packages/*/test/**/*.test.ts', 'tools/test/**/*.test.ts'], testTimeout: 15_000 } },
      { ...shared, test: { name: 'e2e', include: ['e2e/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 } },
    ],
    coverage: {
      provider: 'v8',
      include: ['packages/{metrics,guard,postern}/src/**/*.ts'],
      // Lists of exports, and the first lines of processes: end-to-end tests start those, where coverage does not look.
      exclude: ['**/index.ts', 'packages/postern/src/main.ts', 'packages/postern/src/demo/shop.ts'],
      reporter: [['text', { skipFull: true }], 'json-summary'],
      thresholds: { lines: 95, branches: 95, 'packages/guard/src/**': { lines: 100, branches: 100 } },
    },
  },
})
