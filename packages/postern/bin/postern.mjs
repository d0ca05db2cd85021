#!/usr/bin/env node
// A file outside dist/, so that npm can link the command in a clone before the first build.
import { existsSync } from 'node:fs'

const main = new URL('../dist/main.js', import.meta.url)
if (existsSync(main)) {
  await import(main.href)
} else {
  process.stderr.write('postern: this clone is not built yet. Run: npm run build\n')
  process.exitCode = 1
}
