import * as zlib from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ContentCoding, negotiateEncoding, offeredEncodings } from '../../src/exposition/accept-encoding.ts'

const BOTH = ['zstd', 'gzip'] as const

describe('the coding of an answer', () => {
  test.each<[name: string, header: string | undefined, offered: readonly ContentCoding[], answer: string]>([
    ['no header', undefined, BOTH, 'identity'],
    ['an empty header', '', BOTH, 'identity'],
    ['what Prometheus sends', 'gzip', BOTH, 'gzip'],
    ['what Prometheus sends with compression off', 'identity', BOTH, 'identity'],
    ['what a browser sends', 'gzip, deflate, br, zstd', BOTH, 'zstd'],
    ['what a browser sends, to a server without zstd', 'gzip, deflate, br, zstd', ['gzip'], 'gzip'],
    ['what a browser sends, to a server that likes gzip better', 'gzip, deflate, br, zstd', ['gzip', 'zstd'], 'gzip'],
    ['what a browser sends, to a server that offers nothing', 'gzip, deflate, br, zstd', [], 'identity'],
    ['codings we do not have', 'br, deflate, compress', BOTH, 'identity'],
    ['the older name of gzip', 'x-gzip', BOTH, 'gzip'],
    ['upper case and spaces', ' GZIP ; Q = 0.5 ', BOTH, 'gzip'],
    ['weights against our preference', 'zstd;q=0.5, gzip;q=0.8', BOTH, 'gzip'],
    ['a weight above one, clamped to equal', 'gzip;q=2, zstd', BOTH, 'zstd'],
    ['a weight that cannot be read', 'gzip;q=abc', BOTH, 'gzip'],
    ['a refusal', 'gzip;q=0', BOTH, 'identity'],
    ['a refusal with decimals', 'gzip;q=0.000', BOTH, 'identity'],
    ['a refusal by the older name', 'x-gzip;q=0, *', ['gzip'], 'identity'],
    ['a refusal after its opposite', 'gzip, gzip;q=0', BOTH, 'gzip'],
    ['a refusal before its opposite', 'gzip;q=0, gzip', BOTH, 'identity'],
    ['anything', '*', BOTH, 'zstd'],
    ['anything but zstd', 'zstd;q=0, *', BOTH, 'gzip'],
    ['gzip rather than anything else', 'gzip, *;q=0.5', BOTH, 'gzip'],
    ['anything else rather than gzip, which is identity', 'gzip;q=0.2, *;q=0.5', ['gzip'], 'identity'],
    ['nothing else than gzip', 'gzip, *;q=0', BOTH, 'gzip'],
    ['a coding that is not named', 'zstd', ['gzip'], 'identity'],
    ['identity as a last resort', 'gzip, identity;q=0.1', BOTH, 'gzip'],
    ['identity above all', 'identity, gzip;q=0.5', BOTH, 'identity'],
    ['identity as good as gzip', 'identity, gzip', BOTH, 'gzip'],
    ['anything but identity', 'identity;q=0, *', BOTH, 'zstd'],
    ['gzip, and identity refused', 'identity;q=0, gzip;q=0.1', BOTH, 'gzip'],
    ['identity refused and nothing named', 'identity;q=0', BOTH, 'identity'],
    ['everything refused', '*;q=0', BOTH, 'identity'],
    ['everything refused by name', 'gzip;q=0, zstd;q=0, identity;q=0', BOTH, 'identity'],
    ['a comma in quotes', 'br;x=", gzip, "', BOTH, 'identity'],
  ])('answers %s', (_, header, offered, answer) => {
    expect(negotiateEncoding(header, offered)).toBe(answer)
  })

  test('is never one that was not offered or was refused', () => {
    const coding = fc.constantFrom('gzip', 'zstd', 'x-gzip', 'identity', '*', 'br')
    const entry = fc.tuple(coding, fc.constantFrom('', ';q=0', ';q=0.5', ';q=1', ';q=x')).map((parts) => parts.join(''))
    const header = fc.oneof(
      fc.string(),
      fc.array(entry, { maxLength: 5 }).map((entries) => entries.join(',')),
    )
    fc.assert(
      fc.property(header, fc.subarray<ContentCoding>([...BOTH]), (header, offered) => {
        expect(['identity', ...offered]).toContain(negotiateEncoding(header, offered))
        for (const coding of BOTH) expect(negotiateEncoding(`${coding};q=0,${header}`, offered)).not.toBe(coding)
      }),
      { numRuns: 500, interruptAfterTimeLimit: 2_000 },
    )
  })

  test('is found in a header of 100 kB', () => {
    expect(negotiateEncoding(`${'br;q=0.9,'.repeat(12_000)}gzip;q=0.1`, BOTH)).toBe('gzip')
  })
})

describe('the codings on offer', () => {
  test.each([
    ['a Node.js with zstd', { createZstdCompress: () => undefined }, ['zstd', 'gzip']],
    ['a Node.js without', {}, ['gzip']],
    ['a Node.js where the name is something else', { createZstdCompress: undefined }, ['gzip']],
  ])('are told for %s', (_, module, codings) => {
    expect(offeredEncodings(module)).toEqual(codings)
  })

  test('are those of this Node.js', () => {
    expect(offeredEncodings()).toEqual('createZstdCompress' in zlib ? ['zstd', 'gzip'] : ['gzip'])
    expect(Object.isFrozen(offeredEncodings())).toBe(true)
  })
})
