/** Prints "N passed, N failed, N skipped" from vitest's JSON report; a missing report counts as one failure and ends with 1. */
import { readFileSync } from 'node:fs'

/**
 * The part of vitest's report that is read here.
 * @typedef {{ status: string, assertionResults: { status: string }[] }} TestFile
 * @typedef {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number, testResults: TestFile[] }} Report
 */

/** @returns {Report | undefined} */
function readReport() {
  try {
    return JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'))
  } catch {
    return undefined
  }
}

const report = readReport()
if (report === undefined) {
  console.log('0 passed, 1 failed')
  process.exitCode = 1
} else {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = report
  // A file that fails outside its tests (an import, a hook) has failed once, whatever its tests did.
  const broken = testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length
  const skipped = numPendingTests + numTodoTests
  console.log(`${numPassedTests} passed, ${numFailedTests + broken} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
}
