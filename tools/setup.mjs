/**
 * Makes a clone ready: `node tools/setup.mjs` before `npm start`, with `--tests` before `npm test`.
 * Needs nothing but Node.js; starts no other program when there is nothing to do.
 */
import { readFileSync } from 'node:fs'
import { nodeVersionFault } from './setup/node-version.mjs'

const root = new URL('..', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
const fault = nodeVersionFault(process.version, manifest.engines.node)
if (fault === undefined) {
  // Only now: an old Node.js could stumble over the syntax in there before the line above told why.
  void import('./setup/steps.mjs').then(async ({ setUp }) => {
    process.exitCode = await setUp(root, process.argv.includes('--tests'))
  })
} else {
  console.error(fault)
  process.exitCode = 1
}
