import { expect, test } from 'vitest'
import { nearest } from '../../src/config/nearest.ts'

const WORDS = ['listen', 'tls', 'routes', 'guard', 'allow_unauthenticated', 'allow_plaintext']

test.each([
  { written: 'gaurd', meant: 'guard' },
  { written: 'Guard', meant: 'guard' },
  { written: 'listens', meant: 'listen' },
  { written: 'lsten', meant: 'listen' },
  { written: 'tsl', meant: 'tls' },
  { written: 'allow-plaintext', meant: 'allow_plaintext' },
  { written: 'rou', meant: 'routes' },
  { written: 'listen_on', meant: 'listen' },
  { written: 'allow_un', meant: 'allow_unauthenticated' },
  { written: 'allow', meant: undefined },
  { written: 'guarantee', meant: undefined },
  { written: 'ip', meant: undefined },
  { written: 'g', meant: undefined },
  { written: '', meant: undefined },
])('"$written" was meant as $meant', ({ written, meant }) => {
  expect(nearest(written, WORDS)).toBe(meant)
})

test('of two that are near the nearer is meant', () => {
  expect(nearest('rout', ['routes', 'route'])).toBe('route')
})
