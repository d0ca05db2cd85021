import { describe, expect, test } from 'vitest'
import { LabelStyle } from '../../../src/exposition/blocks/line-style.ts'
import { spellingOf } from '../../../src/exposition/blocks/spelling.ts'
import { ByteWriter } from '../../../src/exposition/byte-writer.ts'
import type { EscapingScheme } from '../../../src/exposition/escaping-scheme.ts'
import type { LabelsText } from '../../../src/series/labels.ts'
import { createFamily, decode } from '../../support/family.ts'
import { createStore } from '../../support/store.ts'

function style(labelNames: readonly string[], constants: readonly [string, string][] = [], scheme: EscapingScheme = 'underscores') {
  const store = createStore({ labelNames })
  const labels = new LabelStyle({ ...createFamily(), store, constantLabels: constants }, spellingOf(scheme))
  const line = (name: string, texts: LabelsText, extra: { first?: string; last?: string } = {}): string => {
    const slot = store.slotOfTexts(texts)
    const segment = store.segmentOf(slot)
    const width = labels.width(segment, slot & 255)
    const writer = new ByteWriter(width)
    labels.write(writer, segment, slot & 255)
    // Room is made by what is said beforehand.
    expect(writer.length).toBe(width)
    const { open, tail, bare } = labels.shape(name, extra)
    return width === 0 ? decode(bare) : decode(open) + decode(writer.view()) + decode(tail)
  }
  return { line }
}

describe('a line', () => {
  test.each<{ name: string; labels: string[]; constants?: [string, string][]; texts: LabelsText; extra?: object; line: string }>([
    { name: 'no labels', labels: [], texts: [], line: 'x ' },
    { name: 'one label', labels: ['a'], texts: ['1'], line: 'x{a="1"} ' },
    { name: 'several', labels: ['a', 'b'], texts: ['1', '2'], line: 'x{a="1",b="2"} ' },
    { name: 'an empty value', labels: ['a', 'b'], texts: ['', ''], line: 'x{a="",b=""} ' },
    { name: 'escapes', labels: ['a'], texts: ['"\\\n'], line: 'x{a="\\"\\\\\\n"} ' },
    { name: 'a long value', labels: ['a'], texts: ['é'.repeat(200)], line: `x{a="${'é'.repeat(200)}"} ` },
    { name: 'constant labels', labels: ['a'], constants: [['app', 'shop']], texts: ['1'], line: 'x{a="1",app="shop"} ' },
    { name: 'constant labels alone', labels: [], constants: [['app', 'shop']], texts: [], line: 'x{app="shop"} ' },
    {
      name: 'a label after all',
      labels: ['a'],
      constants: [['app', 's']],
      texts: ['1'],
      extra: { last: 'le="1"' },
      line: 'x{a="1",app="s",le="1"} ',
    },
    {
      name: 'a label before all',
      labels: ['a'],
      constants: [['app', 's']],
      texts: ['1'],
      extra: { first: 'le="1"' },
      line: 'x{le="1",a="1",app="s"} ',
    },
    { name: 'such a label alone', labels: [], texts: [], extra: { last: 'le="1"' }, line: 'x{le="1"} ' },
    {
      name: 'such a label first, and constant ones',
      labels: [],
      constants: [['app', 's']],
      texts: [],
      extra: { first: 'le="1"' },
      line: 'x{le="1",app="s"} ',
    },
    { name: 'the first label absent', labels: ['a', 'b', 'c'], texts: [undefined, '2', '3'], line: 'x{b="2",c="3"} ' },
    { name: 'the last label absent', labels: ['a', 'b', 'c'], texts: ['1', '2', undefined], line: 'x{a="1",b="2"} ' },
    { name: 'the middle label absent', labels: ['a', 'b', 'c'], texts: ['', undefined, ''], line: 'x{a="",c=""} ' },
    { name: 'all absent', labels: ['a', 'b'], texts: [undefined, undefined], line: 'x ' },
    {
      name: 'all absent but constant ones',
      labels: ['a'],
      constants: [['app', 's']],
      texts: [undefined],
      extra: { last: 'le="1"' },
      line: 'x{app="s",le="1"} ',
    },
  ])('has $name', ({ labels, constants = [], texts, extra, line }) => {
    expect(style(labels, constants).line('x', texts, extra)).toBe(line)
  })

  test.each<{ scheme: EscapingScheme; some: string; none: string }>([
    { scheme: 'underscores', some: 'my_metric{label_x="1",ok="2",d_d="3"} ', none: 'my_metric{d_d="3"} ' },
    { scheme: 'dots', some: 'my_dot_metric{label_dot_x="1",ok="2",d_dot_d="3"} ', none: 'my_dot_metric{d_dot_d="3"} ' },
    { scheme: 'values', some: 'U__my_2e_metric{U__label_2e_x="1",ok="2",U__d_2e_d="3"} ', none: 'U__my_2e_metric{U__d_2e_d="3"} ' },
    { scheme: 'allow-utf-8', some: '{"my.metric","label.x"="1",ok="2","d.d"="3"} ', none: '{"my.metric","d.d"="3"} ' },
  ])('spells names beyond the old alphabet as $scheme', ({ scheme, some, none }) => {
    const { line } = style(['label.x', 'ok'], [['d.d', '3']], scheme)
    const name = spellingOf(scheme).family('my.metric')
    expect([line(name, ['1', '2']), line(name, [undefined, undefined])]).toEqual([some, none])
  })

  test('has a quoted name before a bound that comes first, and nothing but the name where there is no label', () => {
    expect(style(['a'], [], 'allow-utf-8').line('é', ['1'], { first: 'le="1"' })).toBe('{"é",le="1",a="1"} ')
    expect(style([], [], 'allow-utf-8').line('é', [])).toBe('{"é"} ')
  })
})
