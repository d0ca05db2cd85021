import { createRegistry } from '@postern/metrics'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  ESCAPING_SCHEMES,
  type EscapingScheme,
  escapeLabelName,
  escapeName,
  isLegacyLabelName,
  isLegacyMetricName,
  quoteName,
  unescapeName,
} from '../../src/exposition/escaping-scheme.ts'
import { checkMetrics, skipReason } from '../support/promtool.ts'

const REWRITING = ['underscores', 'dots', 'values'] as const
const runs = { numRuns: 300, interruptAfterTimeLimit: 2_000 }

/** Any sequence of UTF-16 units, rich in what the schemes treat specially. */
const anyName = fc
  .array(
    fc.oneof(
      fc.constantFrom('_', '__', '_dot_', 'U__', '.', ':', '7', 'a', '\ud800', '\udc00', '😀', '\u{10ffff}'),
      fc.string({ unit: 'binary' }),
    ),
  )
  .map((parts) => parts.join(''))
const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\ufffd')

/** The first eight are the vectors of prometheus/common, model/metric_test.go; `undotted` is what is left of a name after `dots`. */
const NAMES: readonly { name: string; underscores: string; dots: string; undotted: string; values: string }[] = [
  { name: '', underscores: '', dots: '', undotted: '', values: '' },
  {
    name: 'no:escaping_required',
    underscores: 'no:escaping_required',
    dots: 'no:escaping__required',
    undotted: 'no:escaping_required',
    values: 'no:escaping_required',
  },
  {
    name: 'mysystem.prod.west.cpu.load',
    underscores: 'mysystem_prod_west_cpu_load',
    dots: 'mysystem_dot_prod_dot_west_dot_cpu_dot_load',
    undotted: 'mysystem.prod.west.cpu.load',
    values: 'U__mysystem_2e_prod_2e_west_2e_cpu_2e_load',
  },
  {
    name: 'mysystem.prod.west.cpu.load_total',
    underscores: 'mysystem_prod_west_cpu_load_total',
    dots: 'mysystem_dot_prod_dot_west_dot_cpu_dot_load__total',
    undotted: 'mysystem.prod.west.cpu.load_total',
    values: 'U__mysystem_2e_prod_2e_west_2e_cpu_2e_load__total',
  },
  {
    name: 'http.status:sum',
    underscores: 'http_status:sum',
    dots: 'http_dot_status:sum',
    undotted: 'http.status:sum',
    values: 'U__http_2e_status:sum',
  },
  {
    name: 'label with 😱',
    underscores: 'label_with__',
    dots: 'label__with____',
    undotted: 'label_with__',
    values: 'U__label_20_with_20__1f631_',
  },
  { name: '花火', underscores: '__', dots: '____', undotted: '__', values: 'U___82b1__706b_' },
  {
    name: 'label with \u0100',
    underscores: 'label_with__',
    dots: 'label__with____',
    undotted: 'label_with__',
    values: 'U__label_20_with_20__100_',
  },
  { name: '1st', underscores: '_st', dots: '__st', undotted: '_st', values: 'U___31_st' },
  { name: 'a1', underscores: 'a1', dots: 'a1', undotted: 'a1', values: 'a1' },
  { name: 'a\n"\\', underscores: 'a___', dots: 'a______', undotted: 'a___', values: 'U__a_a__22__5c_' },
  { name: 'a_dot_b', underscores: 'a_dot_b', dots: 'a__dot__b', undotted: 'a_dot_b', values: 'a_dot_b' },
  { name: 'a_.._b', underscores: 'a____b', dots: 'a___dot__dot___b', undotted: 'a_.._b', values: 'U__a___2e__2e___b' },
  { name: '\u{10ffff}', underscores: '_', dots: '__', undotted: '_', values: 'U___10ffff_' },
]

describe('escaped names', () => {
  test.each(NAMES)('$name is written in each scheme and read back', ({ name, underscores, dots, undotted, values }) => {
    const written = { underscores, dots, values, 'allow-utf-8': name }
    for (const scheme of ESCAPING_SCHEMES) expect(escapeName(name, scheme)).toBe(written[scheme])
    const read = { underscores, dots: undotted, values: name, 'allow-utf-8': name }
    for (const scheme of ESCAPING_SCHEMES) expect(unescapeName(written[scheme], scheme)).toBe(read[scheme])
  })

  // In Go a byte that is no UTF-8 is read as U+FFFD, too.
  test('half a character counts as the replacement character in every scheme', () => {
    expect(ESCAPING_SCHEMES.map((scheme) => escapeName('a\ud800b', scheme))).toEqual(['a_b', 'a__b', 'U__a_fffd_b', 'a\ufffdb'])
  })

  test('a colon is foreign in a label name', () => {
    expect(ESCAPING_SCHEMES.map((scheme) => escapeLabelName('a:b_c', scheme))).toEqual(['a_b_c', 'a__b__c', 'U__a_3a_b__c', 'a:b_c'])
    expect(ESCAPING_SCHEMES.map((scheme) => escapeLabelName('b_c', scheme))).toEqual(['b_c', 'b__c', 'b_c', 'b_c'])
  })

  test('are legacy names, whatever they were', () => {
    fc.assert(
      fc.property(
        anyName.filter((name) => name !== ''),
        fc.constantFrom(...REWRITING),
        (name, scheme) => {
          expect(escapeName(name, scheme)).toMatch(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/)
          expect(isLegacyMetricName(escapeName(name, scheme))).toBe(true)
          expect(isLegacyLabelName(escapeLabelName(name, scheme))).toBe(true)
        },
      ),
      runs,
    )
  })

  test('are names as the registry takes them', () => {
    for (const scheme of REWRITING) {
      const registry = createRegistry()
      const labelNames = [escapeLabelName('a:b.花', scheme)]
      expect(() => registry.gauge({ name: escapeName('a:b.花', scheme), help: 'X.', labelNames })).not.toThrow()
    }
  })

  test.skipIf(skipReason !== undefined)('are read by promtool in every scheme', () => {
    const lines = REWRITING.flatMap((scheme) =>
      NAMES.filter(({ name }) => name !== '').map(
        ({ name }, index) => `${escapeName(name, scheme)}{${escapeLabelName(`a:${name}`, scheme)}="${scheme}${index}"} 1\n`,
      ),
    )
    // Names that came out the same stand together, as a family must.
    const { status, complaints } = checkMetrics(lines.toSorted().join(''))
    expect(complaints.filter((complaint) => complaint.startsWith('error'))).toEqual([])
    expect([0, 3]).toContain(status)
  })
})

describe('unescaped names', () => {
  test('are what they were after values, but for legacy names that look escaped', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        fc.pre(!(name.startsWith('U__') && isLegacyMetricName(name)))
        expect(unescapeName(escapeName(name, 'values'), 'values')).toBe(wellFormed(name))
      }),
      runs,
    )
  })

  test('are what they were after dots, when there was nothing foreign but dots', () => {
    const name = fc.stringMatching(/^[a-zA-Z_:.][a-zA-Z0-9_:.]*$/)
    fc.assert(
      fc.property(
        fc.oneof(
          name,
          fc.array(fc.constantFrom('_', '.', 'dot', '_dot_', 'a')).map((parts) => parts.join('')),
        ),
        (name) => {
          expect(unescapeName(escapeName(name, 'dots'), 'dots')).toBe(name)
        },
      ),
      runs,
    )
  })

  // After prometheus/common, model/metric_test.go, with the code points of six digits that it cannot read.
  test.each([
    ['', ''],
    ['no_prefix_2e_here', 'no_prefix_2e_here'],
    ['U__no:unescapingrequired', 'no:unescapingrequired'],
    ['U__capitals_2E_ok', 'capitals.ok'],
    ['U__underscores__doubled__', 'underscores_doubled_'],
    ['U___10FFFF_', '\u{10ffff}'],
    ['U__underscores_doubled_', 'U__underscores_doubled_'],
    ['U__underscores__doubled_', 'U__underscores__doubled_'],
    ['U__my__hack_2e_attempt_872348732fabdabbab_', 'U__my__hack_2e_attempt_872348732fabdabbab_'],
    ['U__my__hack_2e', 'U__my__hack_2e'],
    ['U__bad__utf_2eg_', 'U__bad__utf_2eg_'],
    ['U__bad__utf_D900_', 'U__bad__utf_D900_'],
    ['U__bad__utf_dfff_', 'U__bad__utf_dfff_'],
    ['U__e000_e000_', 'e000\ue000'],
    ['U__beyond_110000_', 'U__beyond_110000_'],
  ])('%s is read as %s, or left alone when the scheme cannot have written it', (escaped, name) => {
    expect(unescapeName(escaped, 'values')).toBe(name)
  })

  test('never throw', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('U', '_', 'd', 'o', 't', '1', 'F', '.', '😀') }),
        fc.constantFrom(...ESCAPING_SCHEMES),
        (name, scheme) => {
          expect(typeof unescapeName(`U__${name}`, scheme)).toBe('string')
        },
      ),
      runs,
    )
  })
})

describe('legacy names', () => {
  test.each([
    ['Avalid_23name', true, true],
    ['_Avalid_23name', true, true],
    ['1valid_23name', false, false],
    ['Ava:lid_23name', true, false],
    [':leading_colon', true, false],
    ['a lid_23name', false, false],
    ['a.b', false, false],
    ['é', false, false],
    ['a\n', false, false],
    ['', false, false],
  ])('%j is one of a metric: %j, of a label: %j', (name, metric, label) => {
    expect([isLegacyMetricName(name), isLegacyLabelName(name)]).toEqual([metric, label])
  })
})

describe('quoted names', () => {
  test.each([
    ['my.metric', '"my.metric"'],
    ['花火 😀', '"花火 😀"'],
    ['a"b', String.raw`"a\"b"`],
    ['a\\b', String.raw`"a\\b"`],
    ['a\nb', String.raw`"a\nb"`],
    ['a\ud800', '"a\ufffd"'],
    ['', '""'],
  ])('%j is quoted as %s', (name, quoted) => {
    expect(quoteName(name)).toBe(quoted)
  })

  test('stay on their line and end where they end', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        expect(quoteName(name)).toMatch(/^"(?:[^"\\\n]|\\[\\n"])*"$/)
      }),
      runs,
    )
  })
})

/** The names that come out the same, by the text they share. */
function findCollisions(names: readonly string[], scheme: EscapingScheme, escape = escapeName): Map<string, string[]> {
  const byText = new Map<string, string[]>()
  for (const name of new Set(names)) byText.set(escape(name, scheme), [...(byText.get(escape(name, scheme)) ?? []), name])
  return new Map(Array.from(byText).filter(([, sharers]) => sharers.length > 1))
}

describe('collisions', () => {
  test.each<[scheme: EscapingScheme, names: string[], collisions: Record<string, string[]>]>([
    ['underscores', ['a.b', 'a_b', 'a', 'a b'], { a_b: ['a.b', 'a_b', 'a b'] }],
    ['underscores', ['a.b', 'c d', 'c.d', 'a-b'], { a_b: ['a.b', 'a-b'], c_d: ['c d', 'c.d'] }],
    ['underscores', ['a.b', 'a.b'], {}],
    ['underscores', [], {}],
    ['dots', ['a.b', 'a_b', 'a b', 'a_dot_b'], { a__b: ['a_b', 'a b'] }],
    ['values', ['a.b', 'a_b', 'a b', '花', '火'], {}],
    // Legacy names stay as they are, even those that look escaped.
    ['values', ['a.b', 'U__a_2e_b'], { U__a_2e_b: ['a.b', 'U__a_2e_b'] }],
    ['allow-utf-8', ['a.b', 'a_b'], {}],
    ['allow-utf-8', ['a\ud800', 'a\udc00'], { 'a\ufffd': ['a\ud800', 'a\udc00'] }],
  ])('under %s of %j', (scheme, names, collisions) => {
    expect(Object.fromEntries(findCollisions(names, scheme))).toEqual(collisions)
  })

  test('of labels are those of label names', () => {
    expect(findCollisions(['a:b', 'a_b'], 'underscores').size).toBe(0)
    expect(findCollisions(['a:b', 'a_b'], 'underscores', escapeLabelName)).toEqual(new Map([['a_b', ['a:b', 'a_b']]]))
  })
})
