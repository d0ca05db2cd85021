import { createRequire } from 'node:module'
import { isIPv4, isIPv6 } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatAddress, parseAddress } from '../../src/net/address.ts'
import { type HopReader, originOf, readForwarded, readXForwardedFor } from '../../src/net/forwarded.ts'
import { parseTrustedPeers } from '../../src/net/trusted-peers.ts'

const TIME_BOX = { interruptAfterTimeLimit: 1_500, numRuns: 3_000 }
const proxyAddr = createRequire(import.meta.url)('proxy-addr') as (request: object, trust: readonly string[]) => string

/** Hops as text; `?` for one that cannot be read. */
const shown = (read: HopReader, ...lines: string[]): string[] => read(lines).map((hop) => (hop ? formatAddress(hop) : '?'))

describe('X-Forwarded-For', () => {
  test.each([
    { lines: [], hops: [] },
    { lines: ['203.0.113.7'], hops: ['203.0.113.7'] },
    { lines: ['203.0.113.7, 10.0.0.1'], hops: ['203.0.113.7', '10.0.0.1'] },
    { lines: ['203.0.113.7,10.0.0.1'], hops: ['203.0.113.7', '10.0.0.1'] },
    { lines: [' \t203.0.113.7 \t, \t10.0.0.1\t '], hops: ['203.0.113.7', '10.0.0.1'] },
    { lines: ['203.0.113.7', '10.0.0.1, 10.0.0.2', '10.0.0.3'], hops: ['203.0.113.7', '10.0.0.1', '10.0.0.2', '10.0.0.3'] },
    { lines: ['2001:db8::1, [2001:db8::2], [2001:db8::3]:4711'], hops: ['2001:db8::1', '2001:db8::2', '2001:db8::3'] },
    { lines: ['203.0.113.7:4711'], hops: ['203.0.113.7'] },
    { lines: ['::ffff:203.0.113.7'], hops: ['203.0.113.7'] },
  ])('$lines is $hops', ({ lines, hops }) => {
    expect(shown(readXForwardedFor, ...lines)).toEqual(hops)
  })

  test.each([
    '',
    ' ',
    'unknown',
    '_hidden',
    'localhost',
    '010.0.0.1',
    '0x7f.1',
    '10.0.0.1/8',
    '10.0.0.1:',
    '10.0.0.1:123456',
    '10.0.0.1:_x',
    '[10.0.0.1]',
    '[]',
    '[::1',
    '::1]',
    '[::1]x',
    '[::1]:x',
    '2001:db8::1:4711x',
    'fe80::1%eth0',
    '[fe80::1%eth0]',
    '"10.0.0.1"',
    'for=10.0.0.1',
    '\u00a010.0.0.1',
    '10.0.0.1 10.0.0.2',
  ])('cannot read "%s", and what stands around it can (#53)', (text) => {
    expect(shown(readXForwardedFor, `192.0.2.1, ${text}, 192.0.2.2`)).toEqual(['192.0.2.1', '?', '192.0.2.2'])
    expect(shown(readXForwardedFor, text)).toEqual(['?'])
  })

  test('is one hop that cannot be read beyond 64 hops or 8 KiB', () => {
    const hops = (count: number): string => Array<string>(count).fill('::1').join(',')
    expect(shown(readXForwardedFor, hops(64)).length).toBe(64)
    expect(shown(readXForwardedFor, hops(65))).toEqual(['?'])
    expect(shown(readXForwardedFor, ...Array<string>(65).fill('::1'))).toEqual(['?'])
    expect(shown(readXForwardedFor, ' '.repeat(8_189), '::1')).toEqual(['?', '::1'])
    expect(shown(readXForwardedFor, ' '.repeat(8_190), '::1')).toEqual(['?'])
  })
})

describe('Forwarded', () => {
  test.each([
    { lines: [], hops: [] },
    { lines: ['for=203.0.113.7'], hops: ['203.0.113.7'] },
    { lines: ['For=203.0.113.7, FOR=10.0.0.1'], hops: ['203.0.113.7', '10.0.0.1'] },
    { lines: ['for="[2001:db8:cafe::17]:4711"'], hops: ['2001:db8:cafe::17'] },
    { lines: ['for="203.0.113.7:4711"'], hops: ['203.0.113.7'] },
    { lines: ['for="203.0.113.7:_port.1-x"'], hops: ['203.0.113.7'] },
    { lines: ['for="203\\.0.113.7"'], hops: ['203.0.113.7'] },
    { lines: ['for=203.0.113.7;proto=http;by=203.0.113.43'], hops: ['203.0.113.7'] },
    { lines: ['proto=http;by="a;b, for=6.6.6.6 \\" ";for=203.0.113.7'], hops: ['203.0.113.7'] },
    { lines: [';;for=203.0.113.7;', 'for=10.0.0.1\t ,\t for=10.0.0.2'], hops: ['203.0.113.7', '10.0.0.1', '10.0.0.2'] },
    { lines: ['host="\u00e9\t~";for=203.0.113.7'], hops: ['203.0.113.7'] },
  ])('$lines is $hops', ({ lines, hops }) => {
    expect(shown(readForwarded, ...lines)).toEqual(hops)
  })

  test.each([
    { element: '', because: 'it is empty' },
    { element: 'proto=https', because: 'it names nobody' },
    { element: 'for=unknown', because: 'the proxy does not know' },
    { element: 'for=_hidden', because: 'the proxy does not tell' },
    { element: 'for="_hidden:80"', because: 'the proxy does not tell' },
    { element: 'for=""', because: 'it is empty' },
    { element: 'for="2001:db8::1"', because: 'IPv6 stands in brackets' },
    { element: 'for="[203.0.113.7]"', because: 'IPv4 stands without brackets' },
    { element: 'for="[fe80::1%eth0]"', because: 'the interface is none of ours' },
    { element: 'for="203.0.113.7:123456"', because: 'a port has five digits' },
    { element: 'for="203.0.113.7 "', because: 'a space ends it' },
    { element: 'for=203.0.113.7;For=203.0.113.7', because: 'it says so twice' },
  ])('cannot read the element "$element": $because', ({ element }) => {
    expect(shown(readForwarded, `for=192.0.2.1, ${element}, for=192.0.2.2`)).toEqual(['192.0.2.1', '?', '192.0.2.2'])
  })

  test.each([
    'for',
    'for=',
    '=203.0.113.7',
    'for =203.0.113.7',
    'for= 203.0.113.7',
    'for=203.0.113.7; proto=http',
    'for=203.0.113.7 ;proto=http',
    'for=203.0.113.7 proto=http',
    'for=203.0.113.7:80',
    'for=[2001:db8::1]',
    'for="203.0.113.7',
    'for="203.0.113.7\\"',
    'for="203.0.113.7"x',
    "for='203.0.113.7'x@",
    'for="\u0000"',
    'for="\u2603"',
    '203.0.113.7',
  ])('cannot read a line with %s in it, and the next line all the same', (text) => {
    expect(shown(readForwarded, `for=192.0.2.1, ${text}, for=192.0.2.2`, 'for=10.0.0.1')).toEqual(['?', '10.0.0.1'])
  })

  test('a quote that a client opens swallows nothing that a proxy appends', () => {
    for (const appended of ['for=10.0.0.1', 'for="[2001:db8::1]"', 'proto="http";for=10.0.0.1', 'for=10.0.0.1;host="a";by="b"']) {
      for (const opened of ['for=6.6.6.6;x="', 'for=6.6.6.6;x="\\', 'for="']) {
        expect(shown(readForwarded, `${opened}, ${appended}`)).toEqual(['?'])
      }
    }
  })

  test('is read in the time of its length', () => {
    for (const text of ['"', 'a', 'a=', 'a="\\', '; ', ',', 'for="', ' ']) {
      const line = text.repeat(8_192 / text.length)
      expect(shown(readForwarded, line).length).toBeLessThanOrEqual(64)
    }
  })
})

describe('the client', () => {
  const trusted = parseTrustedPeers(['10.0.0.0/8', 'fd00::/8'])
  const origin = (peer: string, ...lines: string[]): string | undefined => {
    const { address } = originOf({ address: parseAddress(peer)! }, readXForwardedFor(lines), trusted)
    return address && formatAddress(address)
  }

  test.each([
    { name: 'is the peer that nobody trusts (#53)', peer: '192.0.2.9', line: '10.0.0.1', client: '192.0.2.9' },
    { name: 'is the hop before a trusted peer', peer: '10.0.0.1', line: '203.0.113.7', client: '203.0.113.7' },
    { name: 'is the rightmost that nobody trusts (#53)', peer: '10.0.0.1', line: '6.6.6.6, 203.0.113.7, 10.0.0.2', client: '203.0.113.7' },
    { name: 'is the leftmost where all are trusted', peer: '10.0.0.1', line: '10.0.0.3, fd00::2', client: '10.0.0.3' },
    { name: 'is nobody behind a hop that cannot be read (#53)', peer: '10.0.0.1', line: '10.0.0.3, unknown, 10.0.0.2', client: undefined },
    { name: 'is nobody where the last hop cannot be read', peer: '10.0.0.1', line: '192.0.2.1,', client: undefined },
    { name: 'does not care for what is left of it', peer: '10.0.0.1', line: 'garbage, 203.0.113.7, fd00::2', client: '203.0.113.7' },
    { name: 'is not the trusted host under another form of address', peer: '10.0.0.1', line: '10.0.0.3, ::10.0.0.2', client: '::a00:2' },
    {
      name: 'is found through a trusted host in its IPv6 coat',
      peer: '::ffff:10.0.0.1',
      line: '192.0.2.1, ::ffff:a00:2',
      client: '192.0.2.1',
    },
  ])('$name', ({ peer, line, client }) => {
    expect(origin(peer, line)).toBe(client)
  })

  test('is the peer where no header came', () => {
    expect(origin('10.0.0.1')).toBe('10.0.0.1')
  })

  const host = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.nat({ max: 255 }).map((byte) => `10.0.0.${byte}`),
    fc.nat({ max: 0xffff }).map((group) => `fd00::${group.toString(16)}`),
  )

  test('is whom proxy-addr finds, as far as its answer is an address', () => {
    const hop = fc.oneof(
      { weight: 12, arbitrary: host },
      { weight: 1, arbitrary: fc.constantFrom('unknown', '_x', 'garbage', 'for=1.2.3.4') },
    )
    fc.assert(
      fc.property(host, fc.array(fc.array(hop, { minLength: 1, maxLength: 3 }), { maxLength: 3 }), (peer, groups) => {
        const lines = groups.map((hops) => hops.join(', '))
        const request = { headers: { 'x-forwarded-for': lines.join(', ') }, connection: { remoteAddress: peer } }
        const found = parseAddress(proxyAddr(request, ['10.0.0.0/8', 'fd00::/8']))
        expect(origin(peer, ...lines)).toBe(found && formatAddress(found))
      }),
      TIME_BOX,
    )
  })
})

describe('any text', () => {
  const pieces = [
    'for',
    '=',
    '"',
    '\\',
    ';',
    ',',
    ' ',
    '\t',
    '[',
    ']',
    ':',
    '1.2.3.4',
    '::1',
    '_x',
    'unknown',
    'by',
    '%',
    '010',
    '\u00e9',
    '\0',
  ]
  const line = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 3 })), { maxLength: 20 }).map((parts) => parts.join(''))
  const lines = fc.array(line, { maxLength: 4 })

  /** Another way to the same: split at commas, then what a port or brackets leave must be an address to Node. */
  const isPlain = (text: string): boolean => {
    const host = text.replace(/^[ \t]+|[ \t]+$/g, '')
    const [, v6 = '', port = ''] = /^\[(.*)\](.*)$/.exec(host) ?? []
    if (v6 !== '') return isIPv6(v6) && !v6.includes('%') && /^(:\d{1,5})?$/.test(port)
    const [v4 = '', ...ports] = host.split(':')
    return (
      (isIPv6(host) && !host.includes('%')) ||
      (isIPv4(v4) && (ports.length === 0 || (ports.length === 1 && /^\d{1,5}$/.test(String(ports[0])))))
    )
  }

  test('of X-Forwarded-For is read as far as a naive reader reads it', () => {
    fc.assert(
      fc.property(lines, (texts) => {
        const expected = texts.flatMap((text) => text.split(',').map(isPlain))
        expect(readXForwardedFor(texts).map((hop) => hop !== undefined)).toEqual(expected)
      }),
      TIME_BOX,
    )
  })

  /** A reader that goes letter by letter: the state machine of the grammar, and no expression. */
  const readSlowly = (text: string): string[] | undefined => {
    const isToken = (letter: string | undefined): letter is string => letter !== undefined && /^[\w!#$%&'*+.^`|~-]$/.test(letter)
    const elements: string[] = []
    let at = 0
    const space = (): void => {
      while (text[at] === ' ' || text[at] === '\t') at += 1
    }
    const token = (): string => {
      let found = ''
      for (let letter = text[at]; isToken(letter); letter = text[at]) {
        found += letter
        at += 1
      }
      return found
    }
    for (;;) {
      space()
      const nodes: string[] = []
      for (;;) {
        const name = token()
        if (name !== '') {
          if (text[at] !== '=') return undefined
          at += 1
          let value = ''
          if (text[at] === '"') {
            for (at += 1; text[at] !== '"'; at += 1) {
              if (text[at] === '\\') at += 1
              const letter = text[at]
              if (letter === undefined || (letter !== '\t' && (letter < ' ' || letter === '\x7f' || letter > '\xff'))) return undefined
              value += letter
            }
            at += 1
          } else {
            value = token()
            if (value === '') return undefined
          }
          if (name.toLowerCase() === 'for') nodes.push(value)
        }
        if (text[at] !== ';') break
        at += 1
      }
      elements.push(nodes.length === 1 ? String(nodes[0]) : '')
      space()
      if (at === text.length) return elements
      if (text[at] !== ',') return undefined
      at += 1
    }
  }
  const isNode = (node: string): boolean => {
    const [, v6, v4 = '', port = ''] = /^(?:\[(.*)\]|([^:]*))(.*)$/s.exec(node) ?? []
    return (v6 === undefined ? isIPv4(v4) : isIPv6(v6) && !v6.includes('%')) && /^(?::\d{1,5}|:_[\w.-]+)?$/.test(port)
  }

  test('of Forwarded is read as far as a naive reader reads it', () => {
    fc.assert(
      fc.property(lines, (texts) => {
        const expected = texts.flatMap((text) => readSlowly(text)?.map(isNode) ?? [false])
        expect(readForwarded(texts).map((hop) => hop !== undefined)).toEqual(expected)
      }),
      TIME_BOX,
    )
  })

  test('that is a proper Forwarded is read whole', () => {
    const word = fc.string({ unit: fc.constantFrom(...'abcxyz0189!#$_-'.split('')), minLength: 1, maxLength: 6 })
    const quoted = fc.string({ maxLength: 8, unit: fc.constantFrom(...'ab ;,="\\[]\t\u00e9'.split('')) })
    const asQuoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
    const pair = fc
      .tuple(word, fc.oneof(word, quoted.map(asQuoted)))
      .filter(([name]) => name !== 'for')
      .map(([name, value]) => `${name}=${value}`)
    const node = fc.oneof(
      fc.ipV4().map((text) => ({ text, host: text })),
      fc.tuple(fc.ipV6(), fc.nat({ max: 65_535 })).map(([text, port]) => ({ text: `"[${text}]:${port}"`, host: text })),
    )
    const element = fc
      .tuple(fc.array(pair, { maxLength: 2 }), node, fc.array(pair, { maxLength: 2 }))
      .map(([before, { text, host }, after]) => ({
        text: [...before, `for=${text}`, ...after].join(';'),
        host: formatAddress(parseAddress(host)!),
      }))
    fc.assert(
      fc.property(fc.array(element, { minLength: 1, maxLength: 4 }), (elements) => {
        expect(shown(readForwarded, elements.map(({ text }) => text).join(', '))).toEqual(elements.map(({ host }) => host))
      }),
      { ...TIME_BOX, numRuns: 800 },
    )
  })
})
