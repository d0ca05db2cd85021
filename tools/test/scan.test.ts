import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { importsOf, tokenise } from '../checks/scan.ts'

const specifiers = (source: string): (string | undefined)[] => importsOf(tokenise(source)).map(({ specifier }) => specifier)

describe('finds the module in', () => {
  test.each([
    ['a named import', `import { a } from 'x'`, ['x']],
    ['a default import', `import a from "x"`, ['x']],
    ['a default called type', `import type from 'x'`, ['x']],
    ['a default and names', `import a, { b as c } from 'x'`, ['x']],
    ['a whole module', `import * as a from 'x'`, ['x']],
    ['an import for its effect', `import 'x'`, ['x']],
    ['a type import', `import type { A } from 'x'`, ['x']],
    ['an import over several lines', `import {\n  a,\n  // b,\n  c,\n} from 'x'`, ['x']],
    ['a re-export', `export { a } from 'x'`, ['x']],
    ['a re-export of everything', `export * from 'x'\nexport * as b from 'y'`, ['x', 'y']],
    ['a type re-export', `export type { A } from 'x'`, ['x']],
    ['import()', `const a = await import('x')`, ['x']],
    ['import() of a plain template', 'const a = await import(`x`)', ['x']],
    ['a type that imports', `type A = import('x').B`, ['x']],
    ['require()', `const a = require('x')`, ['x']],
    ['code after a string that holds a quote', `const a = 'it\\'s'; import 'x'`, ['x']],
    ['code inside a template', 'const a = `${ {b: await import("x")} } ${`${require("y")}`}`; import "z"', ['x', 'y', 'z']],
    ['code after a regular expression', `const a = /['"\`/*]\\/[/]/g; import 'x'`, ['x']],
    ['code after a division', `const a = b / c; import 'x'; const d = e / f`, ['x']],
    ['code after a lone export', `export { a }\nimport { b } from 'x'`, ['x']],
    ['a script with a first line for the shell', `#!/usr/bin/env node'\nimport 'x'`, ['x']],
  ])('%s', (_name, source, expected) => {
    expect(specifiers(source)).toEqual(expected)
  })
})

describe('is not misled by', () => {
  test.each([
    ['a line comment', `// import 'x'`],
    ['a block comment', `/* import 'x'\n * from 'y' */`],
    ['a string', `const a = "import 'x'"`],
    ['a template', 'const a = `import "x"`'],
    ['a regular expression', `const a = /import 'x'/`],
    ['import.meta', `const a = import.meta.url`],
    ['a property called import or require', `a.import('x'); a.require('y'); const b = { import: 'x', require: 'y' }`],
    ['a declaration', `export const a = 'x'\nexport type B = 'x'\nexport interface C { from: 'x' }\nexport default function from() {}`],
    ['an export of local names', `export { a }; const from = 'x'`],
  ])('%s', (_name, source) => {
    expect(specifiers(source)).toEqual([])
  })
})

test('tells which imports vanish, what they name and where they stand', () => {
  const source = `import type { A } from 'a'\nimport { type B, c as d } from 'b'\n\n/*\n*/ import e, * as f from 'c'\nconst g = import(\`./\${h}\`)`
  expect(importsOf(tokenise(source))).toEqual([
    { specifier: 'a', line: 1, isTypeOnly: true, names: ['A'] },
    { specifier: 'b', line: 2, isTypeOnly: false, names: ['B', 'c'] },
    { specifier: 'c', line: 5, isTypeOnly: false, names: [] },
    { specifier: undefined, line: 6, isTypeOnly: false, names: [] },
  ])
})

test('reads its own source', () => {
  const source = readFileSync(fileURLToPath(new URL('../check-boundaries.ts', import.meta.url)), 'utf8')
  expect(specifiers(source)).toEqual([
    'node:fs',
    'node:module',
    'node:path',
    './checks/cycles.ts',
    './checks/files.ts',
    './checks/report.ts',
    './checks/scan.ts',
  ])
})
