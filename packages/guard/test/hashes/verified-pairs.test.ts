import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { VerifiedPairs } from '../../src/hashes/verified-pairs.ts'

const key = new Uint8Array(32).fill(7)
const pairAt = (lastUsed: number): { user: string; hash: string; lastUsed: number } => ({ user: 'prom', hash: 'h', lastUsed })

test('digests are those of SHA-256 over key and text, other under another key', () => {
  const pairs = new VerifiedPairs(key)
  expect(pairs.digestOf('cHJvbTpz')).toBe(
    createHash('sha256')
      .update(`${'07'.repeat(32)}cHJvbTpz`)
      .digest('hex'),
  )
  expect(new VerifiedPairs(new Uint8Array(32)).digestOf('cHJvbTpz')).not.toBe(pairs.digestOf('cHJvbTpz'))
})

test('no two texts have one digest (6.2 #5)', () => {
  const pairs = new VerifiedPairs(key)
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      expect(pairs.digestOf(one) === pairs.digestOf(other)).toBe(one === other)
    }),
    { interruptAfterTimeLimit: 500 },
  )
})

test('keeps no more than its bound, those that were used last', () => {
  const pairs = new VerifiedPairs(key, 2)
  const has = (): string[] => ['a', 'b', 'c', 'd'].filter((digest) => pairs.get(digest) !== undefined)
  pairs.add('a', pairAt(1))
  pairs.add('b', pairAt(2))
  pairs.get('a')!.lastUsed = 3
  pairs.add('a', pairAt(4))
  expect(has()).toEqual(['a', 'b'])
  pairs.add('c', pairAt(5))
  expect(has()).toEqual(['a', 'c'])
  pairs.get('c')!.lastUsed = 6
  pairs.add('d', pairAt(7))
  expect(has()).toEqual(['c', 'd'])
})
