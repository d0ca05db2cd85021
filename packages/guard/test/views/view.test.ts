/** One view after the other, on lines as exporters write them. */
import { createHmac } from 'node:crypto'
import { createGuard, type GuardOptions, type ViewOptions } from '@postern/guard'
import { faultOf, temporaryFolder } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { ViewFault } from '../../src/views/filter.ts'
import { environment, filter, KEY, OPENMETRICS, TEXT, viewOf } from './support.ts'

const NOTHING = { hiddenFamilies: 0, hiddenSeries: 0, redacted: 0, reported: 0, unreadable: 0, suspects: [] }
const digest = (text: string): string => createHmac('sha256', KEY).update(text).digest('hex').slice(0, 16)

describe('families', () => {
  const view = viewOf({ families: { deny: ['bank_*'] } })

  test('take all that is said of them along', () => {
    const body =
      '# HELP bank_a A.\n# TYPE bank_a gauge\nbank_a 1\n\n# HELP up U.\n# TYPE up gauge\nup 1\n\nbank_b 1\n\nup2 1\n# TYPE bank_c gauge\n\n# TYPE x gauge\n'
    expect(filter(view, body)).toEqual({
      text: '# HELP up U.\n# TYPE up gauge\nup 1\n\nup2 1\n# TYPE x gauge\n',
      counts: { ...NOTHING, hiddenFamilies: 3, hiddenSeries: 2 },
    })
  })

  test.each([
    { type: 'counter', name: 'a', samples: ['a_total', 'a_created'] },
    { type: 'histogram', name: 'a', samples: ['a_bucket', 'a_sum', 'a_count', 'a_created'] },
    { type: 'summary', name: 'a', samples: ['a', 'a_sum', 'a_count'] },
    { type: 'gaugehistogram', name: 'a', samples: ['a_bucket', 'a_gsum', 'a_gcount'] },
    { type: 'info', name: 'a', samples: ['a_info'] },
    { type: 'stateset', name: 'a', samples: ['a'] },
    { type: 'unknown', name: 'a', samples: ['a'] },
  ])('of type $type have samples of other names', ({ type, name, samples }) => {
    const body = `# TYPE ${name} ${type}\n${samples.map((sample) => `${sample} 1\n`).join('')}`
    expect(filter(viewOf({ families: { allow: [name] } }), body, OPENMETRICS).text).toBe(body)
    expect(filter(viewOf({ families: { deny: [name] } }), body, OPENMETRICS).text).toBe('')
  })

  test('end where a sample is none of theirs', () => {
    const body = '# TYPE a gauge\na 1\na_secret 1\nb 1\n'
    expect(filter(viewOf({ families: { allow: ['a'] } }), body).text).toBe('# TYPE a gauge\na 1\n')
  })

  test('are known in quotes as well', () => {
    const body =
      '# TYPE "bank_x" gauge\n{"bank_x"} 1\n{"bank_x",a="1"} 1\nbank_x 2\n# TYPE "my.up" gauge\n{"my.up"} 1\n{ "my.up" , a="1" } 1\n'
    expect(filter(view, body).text).toBe('# TYPE "my.up" gauge\n{"my.up"} 1\n{ "my.up" , a="1" } 1\n')
  })

  test('may begin anew', () => {
    const body = '# TYPE a gauge\na 1\n# TYPE a gauge\na 2\nbank_a 1\na 3\n'
    expect(filter(view, body).text).toBe(body.replace('bank_a 1\n', ''))
  })

  test('of a name that is met in the way of a second TYPE are judged by that', () => {
    const body = '# TYPE a counter\n# TYPE a gauge\n# HELP a A.\na_total 1\n'
    expect(filter(view, body)).toMatchObject({ text: '# TYPE a counter\n# HELP a A.\na_total 1\n', counts: { unreadable: 1 } })
  })
})

describe('lines', () => {
  const view = viewOf({ families: { deny: ['hidden*'] } })

  test.each([
    'a 1',
    'a 1 1234',
    'a\t1\t-5',
    'a{} 1',
    'a {b="c"} 1',
    'a{b="c"}1',
    'a{b="c",} 1',
    ' \ta{ b = "c" , d="e" } +Inf',
    'a{b="\\"},\\\\"} NaN',
    'a{"b"="c","d.e"="f"} 1e-05',
    '{"a"} 1',
    '{"a",} 1',
    '{"a\\"\\n.b",c="d"} 0x1p-2 ',
    'a 1\r',
    'a:b{_c="grüße"} 1',
    '',
    ' \t',
    '\r',
  ])('as in %j pass as they are', (line) => {
    for (const body of [`${line}\n`, line]) expect(filter(view, body, TEXT, [1])).toEqual({ text: body, counts: NOTHING })
  })

  test.each(['a 1 # {} 1', 'a 1 1 # {b="c"} 1 1', 'a 1 # {"b.c"="\\""} 0.5\r', 'a 1 #{b="c",d="e"} 1'])(
    'with exemplars as in %j pass in OpenMetrics alone',
    (line) => {
      expect(filter(view, `${line}\n`, OPENMETRICS)).toEqual({ text: `${line}\n`, counts: NOTHING })
      expect(filter(view, `${line}\n`, TEXT)).toEqual({ text: '', counts: { ...NOTHING, hiddenFamilies: 0, unreadable: 1 } })
    },
  )

  test.each([
    'a',
    'a ',
    'a{',
    'a{b="c"',
    'a{b="c" 1',
    'a{b="c\\"} 1',
    'a{b="c\\',
    'a{b} 1',
    'a{b=c} 1',
    'a{b c="d"} 1',
    'a{b="c" d="e"} 1',
    'a{,} 1',
    'a{1b="c"} 1',
    'a{b="c",b="d"} 1',
    'a{"b"="c",b="d"} 1',
    'a{__name__="hidden"} 1',
    'a{"__name__"="hidden"} 1',
    'a{""="c"} 1',
    'a{"hidden"} 1',
    '{"a" b="c"} 1',
    '{"a"="b"} 1',
    '{"a} 1',
    '{""} 1',
    '{a="b"} 1',
    '{} 1',
    'a 1 2 3',
    'a 1 hidden 1 x',
    'a 1\rhidden 1',
    'a 1,',
    '\ufeffa 1',
    '1a 1',
    '"a" 1',
    '-',
    '\0',
    '# TYPE',
    '# TYPE ',
    '# HELP 1a x',
    '# HELP "a x',
    '# HELP "" x',
    '# HELP a{} x',
    '# TYPE a',
    '# TYPE a bogus',
    '# TYPE a gauge x',
  ])('that cannot be read with certainty, as %j, do not pass', (line) => {
    const isComment = line === '# TYPE'
    for (const format of [TEXT, OPENMETRICS]) {
      expect(filter(view, `${line}\n`, format)).toEqual({ text: '', counts: { ...NOTHING, unreadable: isComment ? 0 : 1 } })
    }
  })

  test.each(['a 1 #', 'a 1 # b', 'a 1 # {', 'a 1 # {b="c"}', 'a 1 # {b="c"} x y z', 'a 1 # {b="c",b="d"} 1', 'a 1 # {b="c"} 1 # {} 1'])(
    'with an exemplar that cannot be read, as %j, do not pass',
    (line) => {
      expect(filter(view, `${line}\n`, OPENMETRICS).text).toBe('')
    },
  )

  test('that are too long end the exposition, in one piece and in many', () => {
    const long = `a{b="${'x'.repeat(1_048_576)}"} 1\n`
    for (const sizes of [[], [65_536]]) expect(() => filter(view, `up 1\n${long}`, TEXT, sizes)).toThrow(ViewFault)
    const fits = `a{b="${'x'.repeat(1_048_000)}"} 1\n`
    expect(filter(view, fits, TEXT, [65_536]).text).toBe(fits)
  })

  test('of comments pass where only values are looked at, and not with a secret', () => {
    const body = '# a comment\n#\nup 1\n# ask me@example.org\n# HELP\n'
    const redacting = viewOf({ redact: { patterns: ['email'], mode: 'redact' } })
    expect(filter(redacting, body)).toEqual({
      text: '# a comment\n#\nup 1\n# HELP\n',
      counts: { ...NOTHING, redacted: 1, suspects: [{ family: 'up', label: '#', kind: 'email' }] },
    })
    expect(filter(viewOf({ redact: { patterns: ['email'], mode: 'report' } }), body)).toMatchObject({ text: body, counts: { reported: 1 } })
    expect(filter(view, body).text).toBe('up 1\n')
  })

  test('after the end of OpenMetrics do not pass, and in text there is no such end', () => {
    expect(filter(view, 'a 1\n# EOF\nb 1\n', OPENMETRICS)).toMatchObject({ text: 'a 1\n# EOF\n', counts: { unreadable: 1 } })
    expect(filter(view, 'a 1\n# EOF', OPENMETRICS).text).toBe('a 1\n# EOF')
    expect(filter(view, 'a 1\n# EOF\nb 1\n').text).toBe('a 1\nb 1\n')
  })

  test('that are blank are held back with what they are among, up to a bound', () => {
    const blank = '\n'.repeat(4_194_304 + 100)
    const { text } = filter(view, `# TYPE a gauge\n${blank}a 1\n`)
    expect([text.length, text.endsWith('\na 1\n')]).toEqual([4_194_304 + 4, true])
  })
})

describe('labels', () => {
  const BODY = 'a{b="1",c="2",d="3"} 1\n'
  test.each([
    { drop: ['b'], shows: 'a{c="2",d="3"} 1\n' },
    { drop: ['c'], shows: 'a{b="1",d="3"} 1\n' },
    { drop: ['d'], shows: 'a{b="1",c="2"} 1\n' },
    { drop: ['b', 'c'], shows: 'a{d="3"} 1\n' },
    { drop: ['b', 'd'], shows: 'a{c="2"} 1\n' },
    { drop: ['c', 'd'], shows: 'a{b="1"} 1\n' },
    { drop: ['b', 'c', 'd'], shows: 'a{} 1\n' },
    { drop: ['x'], shows: BODY },
  ])('$drop are dropped with their commas', ({ drop, shows }) => {
    const view = viewOf({ labels: { drop } })
    expect(filter(view, BODY).text).toBe(shows)
    expect(
      filter(view, BODY.replace('}', ' , }'))
        .text.replace(' , ', '')
        .replace(/[ ,]+}/, '}'),
    ).toBe(shows)
    const quoted = (text: string): string => text.replace(/^a\{(.)/, (_, next: string) => (next === '}' ? '{"a"}' : `{"a",${next}`))
    expect(filter(view, quoted(BODY)).text).toBe(quoted(shows))
  })

  test('are replaced and hashed by their meaning, where they have a value', () => {
    const view = viewOf({ labels: { replace: { pod: 'x"\\\n' }, hash: ['user', 'my.user'], hashKey: KEY } })
    const body = 'a{pod="1",user="bob"} 1\na{user="\\"q\\"",pod=""} 1\na{user=""} 1\na{"my.user"="bob"} 1\na{my_user="bob"} 1\n'
    expect(filter(view, body).text).toBe(
      `a{pod="x\\"\\\\\\n",user="${digest('bob')}"} 1\na{user="${digest('"q"')}",pod=""} 1\na{user=""} 1\na{"my.user"="${digest('bob')}"} 1\na{my_user="${digest('bob')}"} 1\n`,
    )
  })

  test('are hashed alike however many there are', () => {
    const view = viewOf({ labels: { hash: ['user'], hashKey: KEY } })
    const values = Array.from({ length: 40 }, (_, index) => `${index}`.padEnd(65_536, 'x'))
    const body = [...values, ...values].map((value) => `a{user="${value}"} 1\n`).join('')
    const once = values.map((value) => `a{user="${digest(value)}"} 1\n`)
    expect(filter(view, body).text).toBe([...once, ...once].join(''))
  })

  test('of exemplars are no others', () => {
    const view = viewOf({ labels: { drop: ['customer'], replace: { b: 'x' } } })
    const body =
      'a_total{customer="1"} 1 # {customer="1",trace="t"} 1\nb_total 1 # {trace="t",customer="1"} 1\nc_total{b="1"} 1 # {customer="1"} 1 2\n'
    expect(filter(view, body, OPENMETRICS).text).toBe('a_total{} 1 # {trace="t"} 1\nb_total 1 # {trace="t"} 1\nc_total{b="x"} 1 # {} 1 2\n')
  })

  test('that made series equal leave the first of them, as a whole and at all its times', () => {
    const view = viewOf({ labels: { drop: ['c'] } })
    const body =
      '# TYPE h histogram\nh_bucket{c="1",le="1"} 1\nh_bucket{c="1",le="+Inf"} 1\nh_sum{c="1"} 1\nh_bucket{c="2",le="5"} 1\nh_bucket{c="2",le="+Inf"} 1\nh_sum{c="2"} 1\n# TYPE g gauge\ng{c="1",d="x"} 1 10\ng{c="1",d="x"} 2 20\ng{d="x",c="2"} 3 10\ng{d="x"} 1\ng{c="1",e=""} 5\n'
    expect(filter(view, body)).toEqual({
      text: '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 1\nh_sum{} 1\n# TYPE g gauge\ng{d="x"} 1 10\ng{d="x"} 2 20\ng{e=""} 5\n',
      counts: { ...NOTHING, hiddenSeries: 5 },
    })
  })

  test('that are many are remembered as many', () => {
    const view = viewOf({ labels: { drop: ['c'] } })
    const line = (c: number, d: number): string => `g{c="${c}",d="${`${d}`.padStart(1500, '0')}"} 1\n`
    const once = Array.from({ length: 300 }, (_, index) => line(1, index)).join('')
    const { text, counts } = filter(view, once + once.replaceAll('c="1"', 'c="2"'), TEXT, [65_536])
    expect([text.length, counts.hiddenSeries]).toEqual([once.replaceAll('c="1",', '').length, 300])
  })

  test('of other names each time are forgotten again', () => {
    const view = viewOf({ labels: { drop: ['c'] } })
    const lines = Array.from({ length: 10_050 }, (_, index) => `g{l${index}="1",c="2"} 1\n`).join('')
    expect(filter(view, lines).text).toBe(lines.replaceAll(',c="2"', ''))
    const names = Array.from({ length: 20_050 }, (_, index) => `n${index}{c="1"} 1\n`).join('')
    expect(filter(view, names).text).toBe(names.replaceAll('c="1"', ''))
  })
})

describe('redaction', () => {
  const view = viewOf({ redact: { patterns: ['url-password', { name: 'card', expression: '(?i)card-\\d{4}' }], mode: 'redact' } })

  test('replaces the value and says where it was', () => {
    const body =
      '# HELP a From postgres://u:p@h/db\r\na{dsn="postgres://u:p@h/db",x="Card-1234",y="ok"} 1\na{dsn="x\\\\postgres://u:p@h"} 1\n'
    expect(filter(view, body, TEXT, [3])).toEqual({
      text: '# HELP a <redacted>\r\na{dsn="<redacted>",x="<redacted>",y="ok"} 1\na{dsn="<redacted>"} 1\n',
      counts: {
        ...NOTHING,
        redacted: 4,
        suspects: [
          { family: 'a', label: 'HELP', kind: 'url-password' },
          { family: 'a', label: 'dsn', kind: 'url-password' },
          { family: 'a', label: 'x', kind: 'card' },
        ],
      },
    })
  })

  test('hides what it has made equal', () => {
    expect(filter(view, 'a{x="card-1111"} 1\na{x="card-2222"} 2\n')).toMatchObject({
      text: 'a{x="<redacted>"} 1\n',
      counts: { hiddenSeries: 1 },
    })
  })

  test('only tells where the view says so, and of ten places at the most', () => {
    const reporting = viewOf({ redact: { patterns: ['email'], mode: 'report' } })
    const body = Array.from({ length: 12 }, (_, index) => `a{l${index}="me@example.org"} 1\n`).join('')
    const { text, counts } = filter(reporting, body)
    expect([text, counts.reported, counts.redacted, counts.suspects.length]).toEqual([body, 12, 0, 10])
  })
})

describe('a view that cannot be compiled', () => {
  test.each([
    { view: { labels: { drop: ['le'] } }, path: ['labels', 'drop', 0], message: '"le" is no label whose values can be changed' },
    { view: { labels: { drop: [''] } }, path: ['labels', 'drop', 0], message: '"" is no label whose values can be changed' },
    { view: { labels: { drop: [] } }, path: ['labels', 'drop'], message: 'this is not a list of one label or more' },
    {
      view: { labels: { drop: ['a'], replace: { a: 'b' } } },
      path: ['labels', 'replace', 'a'],
      message: 'the label "a" is to be changed in two ways',
    },
    { view: { labels: { replace: { a: 1 } } }, path: ['labels', 'replace', 'a'], message: 'this is no text' },
    { view: { labels: {} }, path: ['labels'], message: 'this changes no label' },
    { view: { labels: { hash: ['a'] } }, path: ['labels', 'hash'], message: 'labels are to be hashed, and there is no key' },
    { view: { labels: { hash: ['a'], hashKey: 'short' } }, path: ['labels', 'hashKey'], message: 'the key has fewer than 32 characters' },
    { view: { labels: { hash: ['a'], hashKey: KEY, hashKeyFile: 'x' } }, path: ['labels', 'hashKey'], message: 'there are two keys' },
    { view: { labels: { drop: ['a'], hashKey: KEY } }, path: ['labels'], message: 'there is a key and no label that is hashed with it' },
    { view: { families: { allow: [] } }, path: ['families', 'allow'], message: 'this is not a list of one item or more' },
    { view: { families: {} }, path: ['families'], message: 'this neither allows nor denies anything' },
    { view: { series: { deny: ['{'] } }, path: ['series', 'deny', 0], message: 'the selector "{" has no label where the end stands' },
    { view: { series: { only: ['a'] } }, path: ['series', 'only'], message: '"only" is not an option here' },
    { view: { redact: { patterns: 'secrets', mode: 'x' } }, path: ['redact', 'mode'], message: '"x" is not a mode of redaction' },
    { view: { redact: { patterns: [], mode: 'redact' } }, path: ['redact', 'patterns'], message: 'this is no list of one pattern or more' },
    {
      view: { redact: { patterns: ['emails'], mode: 'redact' } },
      path: ['redact', 'patterns', 0],
      message: '"emails" is not a pattern of secrets',
    },
    {
      view: { redact: { patterns: [{ name: '' }], mode: 'redact' } },
      path: ['redact', 'patterns', 0],
      message: '{"name":""} is not a pattern of secrets',
    },
    {
      view: { redact: { patterns: [{ name: 'a', expression: '(' }], mode: 'redact' } },
      path: ['redact', 'patterns', 0, 'expression'],
      message: 'the expression "(" opens a group that it does not close',
    },
    { view: { families: { allow: ['a'] }, name: undefined }, path: ['name'], message: 'this view has no name' },
    { view: { families: { allow: ['a'] }, name: 'a b' }, path: ['name'], message: '"a b" is not a name for a view' },
    { view: {}, path: [], message: 'the view "v" hides nothing' },
  ])('is told of: $message', ({ view, path, message }) => {
    const views = [{ name: 'v', ...view } as unknown as ViewOptions]
    const rules = [{ view: 'v' }]
    expect(faultOf(() => createGuard({ credentials: TOKENS, rules, views }))).toMatchObject({ path: ['views', 0, ...path], message })
  })

  const ONE: ViewOptions = { name: 'v', families: { allow: ['up'] } }
  test.each([
    {
      what: 'no rule uses',
      views: [ONE],
      rules: undefined,
      path: ['views', 0],
      message: 'no rule names the view "v", so that it hides nothing',
    },
    {
      what: 'other rules use',
      views: [ONE],
      rules: [{ name: 'a' }],
      path: ['views', 0],
      message: 'no rule names the view "v", so that it hides nothing',
    },
    {
      what: 'has the name of another',
      views: [ONE, ONE],
      rules: [{ view: 'v' }],
      path: ['views', 1, 'name'],
      message: 'two views are called "v"',
    },
    {
      what: 'is no list',
      views: {} as ViewOptions[],
      rules: [{ name: 'a' }],
      path: ['views'],
      message: 'this is not a list of one view or more',
    },
    { what: 'is an empty list', views: [], rules: [{ name: 'a' }], path: ['views'], message: 'this is not a list of one view or more' },
    { what: 'is another', views: [ONE], rules: [{ view: 'w' }], path: ['rules', 0, 'view'], message: 'no view is called "w"' },
    { what: 'is missing', views: undefined, rules: [{ view: 'w' }], path: ['rules', 0, 'view'], message: 'no view is called "w"' },
  ])('or that $what', ({ views, rules, path, message }) => {
    const options = { credentials: TOKENS, ...(rules && { rules }), ...(views && { views }) } as GuardOptions
    expect(faultOf(() => createGuard(options))).toMatchObject({ path, message })
  })
})

const TOKENS: GuardOptions['credentials'] = [{ type: 'bearer', tokens: [{ name: 'prometheus', token: 'scraper-token-0123456789-abcdef' }] }]

describe('the key of hashes', () => {
  test('may come from a file, without the end of its line', async () => {
    await using folder = await temporaryFolder()
    const hashKeyFile = await folder.write('key', `${KEY}\r\n`, 0o600)
    const warnings = createGuard({
      credentials: TOKENS,
      rules: [{ view: 'v' }],
      views: [{ name: 'v', labels: { hash: ['a'], hashKeyFile } }],
    }).warnings
    expect(warnings).toEqual([])
    const open = await folder.write('open', KEY, 0o644)
    const options = { credentials: TOKENS, rules: [{ view: 'v' }], views: [{ name: 'v', labels: { hash: ['a'], hashKeyFile: open } }] }
    expect(createGuard(options).warnings).toEqual([`"${open}" can be read by other users of this machine: chmod 600 it`])
    expect(environment.elapsed()).toBe(0)
  })
})
