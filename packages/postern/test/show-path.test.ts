import { expect, test } from 'vitest'
import { shellWord, showPath } from '../src/show-path.ts'
import { ask } from './provision/oracle.ts'

test.each([
  { path: '/srv/app/x', shown: 'x' },
  { path: '/srv/app', shown: '.' },
  { path: '/srv/other', shown: '/srv/other' },
  { path: '/srv', shown: '/srv' },
  { path: '/srv/app/..x', shown: '..x' },
  { path: '/srv/app/-x', shown: './-x' },
])('$path is shown as $shown in /srv/app', ({ path, shown }) => {
  expect(showPath(path, '/srv/app')).toBe(shown)
})

test.each(['plain-word_1.x/y:z', "it's", 'a b', '$HOME', '`id`', '', '*', '~', 'a\nb', '"', '\\', '!x', 'ü'])(
  'a shell reads %j as it was',
  (text) => {
    expect(ask('sh', ['-c', `printf %s ${shellWord(text)}`])).toEqual({ status: 0, output: text })
  },
)
