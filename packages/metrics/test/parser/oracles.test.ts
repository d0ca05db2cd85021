/** Our verdicts beside those of parsers that are not ours. Where they differ, a comment says why. */
import { describe, expect, test } from 'vitest'
import { parseOpenMetrics, parseText } from '../../src/parser/index.ts'
import { checkMetrics, skipReason } from '../support/promtool.ts'
import { skipReason as pythonSkipReason } from '../support/python-parser.ts'
import { pythonReads } from './python-verdicts.ts'
import { refusal } from './refusal.ts'

type Verdict = 'read' | 'refused'
type Rows = readonly (readonly [body: string, ours: Verdict, theirs: Verdict])[]

/** One process for each body. */
const PROMTOOL_MS = 60_000
/** The only status of promtool that means a body was not read; its lint is about taste, not syntax. */
const UNREAD = 1

const TEXT: Rows = [
  ['a 1\n', 'read', 'read'],
  ['a{b="c"}1\n', 'read', 'read'],
  // The format ignores blanks at the end of a line, and so does the server; promtool does not.
  ['\t a \t{ b = "c" , } \t1 \t5 \n', 'read', 'refused'],
  ['a 1', 'refused', 'refused'],
  ['a 1\r\n', 'refused', 'refused'],
  ['\ufeffa 1\n', 'refused', 'refused'],
  ['1a 1\n', 'refused', 'refused'],
  ['a\n', 'refused', 'refused'],
  ['a x\n', 'refused', 'refused'],
  ['a 1_000\n', 'refused', 'refused'],
  ['a 0x1p-2\n', 'refused', 'refused'],
  ['a 1e999\n', 'refused', 'refused'],
  ['a +nan\n', 'refused', 'refused'],
  ['a Infinity\n', 'read', 'read'],
  ['a 1 5.5\n', 'refused', 'refused'],
  // promtool reads it, but the lexer of the server does not.
  ['a 1 -5\n', 'refused', 'read'],
  ['a 1 9223372036854775808\n', 'refused', 'refused'],
  ['a 1 5 6\n', 'refused', 'refused'],
  ['a{b="\\t"} 1\n', 'refused', 'refused'],
  ['a{b="c\n"} 1\n', 'refused', 'refused'],
  ['a{b:c="d"} 1\n', 'refused', 'refused'],
  ['a{,} 1\n', 'refused', 'refused'],
  ['a{b="c",b="d"} 1\n', 'refused', 'refused'],
  ['a{__name__="c"} 1\n', 'refused', 'refused'],
  ['# HELP a \\"\n', 'refused', 'refused'],
  ['# HELP a x\\\n', 'refused', 'refused'],
  ['# HELP a-b c\n', 'refused', 'refused'],
  ['# HELP a 1\n# HELP a 2\n', 'refused', 'refused'],
  ['# TYPE a gauge\n# TYPE a gauge\n', 'refused', 'refused'],
  ['a 1\n# TYPE a gauge\n', 'refused', 'refused'],
  ['# TYPE a foo\n', 'refused', 'refused'],
  ['# TYPE a unknown\n', 'refused', 'refused'],
  ['# TYPE a gauge \n', 'refused', 'refused'],
  ['# TYPE h histogram\nh_bucket{le="x"} 1\n', 'refused', 'refused'],
  ['# TYPE s summary\ns{quantile="p99"} 1\n', 'refused', 'refused'],
  // promtool passes over heads without a name or a type; the format requires them.
  ['# HELP\n', 'refused', 'read'],
  // As above.
  ['# TYPE a\n', 'refused', 'read'],
  // The format names the types in small letters alone.
  ['# TYPE a GAUGE\n', 'refused', 'read'],
  // The format wants a family in one piece; promtool puts the pieces together.
  ['a 1\nb 1\na{c="d"} 1\n', 'refused', 'read'],
  // The format leaves open what becomes of a series that is there twice; promtool does not look.
  ['a 1\na 1\n', 'refused', 'read'],
  // promtool drops the sample without a word.
  ['# TYPE h histogram\nh 1\n', 'refused', 'read'],
  // promtool drops the sample without a word.
  ['# TYPE h histogram\nh_bucket 1\n', 'refused', 'read'],
  // promtool does not check what the format says of histograms.
  ['# TYPE h histogram\nh_bucket{le="1"} 1\n', 'refused', 'read'],
  // As above.
  ['# TYPE h histogram\nh_bucket{le="2"} 1\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 1\n', 'refused', 'read'],
  // As above.
  ['# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_count 2\n', 'refused', 'read'],
  // promtool does not check what the format says of summaries.
  ['# TYPE s summary\ns{quantile="2"} 1\n', 'refused', 'read'],
  // promtool would take a count of the histogram for a sample of the gauge.
  ['# TYPE h_count gauge\nh_count 1\n# TYPE h histogram\nh_bucket{le="+Inf"} 1\n', 'refused', 'read'],
  // promtool 2.42 is older than text 1.0.0.
  ['{"my.metric"} 1\n', 'read', 'refused'],
]

const OPENMETRICS: Rows = [
  ['# EOF\n', 'read', 'read'],
  ['a 1\n# EOF\n', 'read', 'read'],
  ['a{} 1\n# EOF\n', 'read', 'read'],
  ['a  1\n# EOF\n', 'refused', 'refused'],
  ['a 1 \n# EOF\n', 'refused', 'refused'],
  [' a 1\n# EOF\n', 'refused', 'refused'],
  ['\n# EOF\n', 'refused', 'refused'],
  ['# c\n# EOF\n', 'refused', 'refused'],
  ['a{b="c",} 1\n# EOF\n', 'refused', 'refused'],
  ['a{ b="c"} 1\n# EOF\n', 'refused', 'refused'],
  ['a{b="c",b="d"} 1\n# EOF\n', 'refused', 'refused'],
  ['a{b="\\x"} 1\n# EOF\n', 'read', 'read'],
  ['# HELP a\n# EOF\n', 'refused', 'refused'],
  ['# HELP a \n# EOF\n', 'read', 'read'],
  ['# HELP a x\n# HELP a y\n# EOF\n', 'refused', 'refused'],
  ['a 1\n# HELP a x\n# EOF\n', 'refused', 'refused'],
  ['# TYPE a untyped\n# EOF\n', 'refused', 'refused'],
  ['# TYPE a foo\n# EOF\n', 'refused', 'refused'],
  ['# UNIT a s\n# EOF\n', 'refused', 'refused'],
  ['# TYPE a_s info\n# UNIT a_s s\n# EOF\n', 'refused', 'refused'],
  ['a 1 2\na 1 1\n# EOF\n', 'refused', 'refused'],
  ['a 1 2\na 1\n# EOF\n', 'refused', 'refused'],
  ['a 1 NaN\n# EOF\n', 'refused', 'refused'],
  ['a{x="1"} 1\na{x="2"} 1\na{x="1"} 1\n# EOF\n', 'refused', 'refused'],
  ['# TYPE a counter\na 1\n# EOF\n', 'refused', 'refused'],
  ['# TYPE a counter\na_total NaN\n# EOF\n', 'refused', 'refused'],
  ['# TYPE a counter\na_total -1\n# EOF\n', 'refused', 'refused'],
  ['# TYPE a counter\na_total 1 # {} 1\n# EOF\n', 'read', 'read'],
  [`# TYPE a counter\na_total 1 # {b="${'😀'.repeat(127)}"} 1\n# EOF\n`, 'read', 'read'],
  [`# TYPE a counter\na_total 1 # {b="${'😀'.repeat(127)}😀"} 1\n# EOF\n`, 'refused', 'refused'],
  ['# TYPE a counter\na_total 1 # {} 1 \n# EOF\n', 'refused', 'refused'],
  ['a 1 # {} 1\n# EOF\n', 'refused', 'refused'],
  ['# TYPE a counter\na_total 1\n# TYPE a_total gauge\na_total 1\n# EOF\n', 'refused', 'refused'],
  ['# TYPE a_created gauge\na_created 1\n# TYPE a counter\na_total 1\n# EOF\n', 'refused', 'refused'],
  ['# TYPE a info\na_info 2\n# EOF\n', 'refused', 'refused'],
  ['# TYPE a stateset\na{a="x"} 2\n# EOF\n', 'refused', 'refused'],
  ['# TYPE a stateset\na 1\n# EOF\n', 'refused', 'refused'],
  ['# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 1\n# EOF\n', 'read', 'read'],
  ['# TYPE h histogram\nh_bucket{le="1.0"} 1\n# EOF\n', 'refused', 'refused'],
  ['# TYPE h histogram\nh_bucket{le="Inf"} 1\n# EOF\n', 'refused', 'refused'],
  ['# TYPE h histogram\nh_bucket{le="NaN"} 1\n# EOF\n', 'refused', 'refused'],
  ['# TYPE h histogram\nh_bucket{le="+Inf"} 1.5\n# EOF\n', 'refused', 'refused'],
  ['# TYPE h histogram\nh_bucket{le="2.0"} 1\nh_bucket{le="1.0"} 1\nh_bucket{le="+Inf"} 1\n# EOF\n', 'refused', 'refused'],
  ['# TYPE h histogram\nh_bucket{le="1.0"} 2\nh_bucket{le="+Inf"} 1\n# EOF\n', 'refused', 'refused'],
  ['# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_sum 1\n# EOF\n', 'refused', 'refused'],
  ['# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_count 1\n# EOF\n', 'refused', 'refused'],
  ['# TYPE h histogram\nh_bucket{le="-1.0"} 1\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n# EOF\n', 'refused', 'refused'],
  ['# TYPE g gaugehistogram\ng_bucket{le="+Inf"} 1\ng_gsum -1\ng_gcount 1\n# EOF\n', 'refused', 'refused'],
  ['# TYPE s summary\ns{quantile="2"} 1\n# EOF\n', 'refused', 'refused'],
  ['# TYPE s summary\ns{quantile="0.9"} -1\n# EOF\n', 'refused', 'refused'],
  ['# TYPE s summary\ns_count 1.5\n# EOF\n', 'refused', 'refused'],
  // Reserved to those who name things, and not refused by anybody who reads them.
  ['_a 1\n# EOF\n', 'read', 'read'],
  ['a{_b="c"} 1\n# EOF\n', 'read', 'read'],
  ['# TYPE a counter\na_total 1 # {_b="c"} 1\n# EOF\n', 'read', 'read'],
  // The grammar has no quote in HELP without a backslash: not checked there.
  ['# HELP a "\n# EOF\n', 'refused', 'read'],
  // "Line endings MUST NOT contain carriage returns": not checked there.
  ['# HELP a b\r\n# EOF\n', 'refused', 'read'],
  ['a 1\r\n# EOF\n', 'refused', 'refused'],
  // Python drops the second, as if it were one that came too fast.
  ['a 1\na 1\n# EOF\n', 'refused', 'read'],
  // "A MetricPoint in a Metric with the type Counter MUST have one value called Total": not checked there.
  ['# TYPE a counter\na_created 1\n# EOF\n', 'refused', 'read'],
  // Created is a timestamp, and those are real numbers: not checked there.
  ['# TYPE a counter\na_total 1\na_created NaN\n# EOF\n', 'refused', 'read'],
  // "The value of the exemplar MUST be within this range": not checked there.
  ['# TYPE h histogram\nh_bucket{le="1.0"} 1 # {} 2\nh_bucket{le="+Inf"} 1\n# EOF\n', 'refused', 'read'],
  ['# TYPE h histogram\n# EOF\n', 'read', 'read'],
  ['# UNIT a \n# EOF\n', 'read', 'read'],
  ['# UNIT a_s s!\n# EOF\n', 'refused', 'refused'],
  // "Floating point numbers MUST fit within the range of a 64-bit floating point value": not checked there.
  ['a 1e999\n# EOF\n', 'refused', 'read'],
  ['a{b="c"}1\n# EOF\n', 'refused', 'refused'],
  // As with any series that is there twice.
  ['# TYPE a stateset\na{a="x"} 1\na{a="x"} 0\n# EOF\n', 'refused', 'read'],
  // This Python client is older than names in quotes.
  ['{"my.metric"} 1\n# EOF\n', 'read', 'refused'],
  ['a 0x10\n# EOF\n', 'refused', 'refused'],
  ['# EOF', 'read', 'read'],
  ['a 1\n', 'refused', 'refused'],
  ['# EOF\na 1\n', 'refused', 'refused'],
  ['# EOF\n\n', 'refused', 'refused'],
]

const verdict = (isRead: boolean): Verdict => (isRead ? 'read' : 'refused')

describe('text', () => {
  test.each(TEXT)('%j is %s', (body, ours) => {
    expect(verdict(refusal(parseText, body) === undefined)).toBe(ours)
  })

  test.skipIf(skipReason !== undefined)(
    `has the verdicts of promtool${skipReason === undefined ? '' : ` (skipped: ${skipReason})`}`,
    () => {
      expect(TEXT.map(([body]) => [body, verdict(checkMetrics(body).status !== UNREAD)])).toEqual(
        TEXT.map(([body, , theirs]) => [body, theirs]),
      )
    },
    PROMTOOL_MS,
  )
})

describe('OpenMetrics', () => {
  test.each(OPENMETRICS)('%j is %s', (body, ours) => {
    expect(verdict(refusal(parseOpenMetrics, body) === undefined)).toBe(ours)
  })

  test.skipIf(pythonSkipReason !== undefined)(
    `has the verdicts of the Python client${pythonSkipReason === undefined ? '' : ` (skipped: ${pythonSkipReason})`}`,
    () => {
      const bodies = OPENMETRICS.map(([body]) => body)
      expect(pythonReads(bodies).map((isRead, index) => [bodies[index], verdict(isRead)])).toEqual(
        OPENMETRICS.map(([body, , theirs]) => [body, theirs]),
      )
    },
  )
})
