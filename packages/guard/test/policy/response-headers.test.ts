import { faultOf } from '@postern/testkit'
import { expect, test } from 'vitest'
import { compileResponseHeaders } from '../../src/policy/response-headers.ts'

test('headers are sent as they are written, in one line and as UTF-8', () => {
  expect(compileResponseHeaders({ 'X-Frame-Options': 'deny', 'Content-Security-Policy': ' a\n b é' })).toEqual({
    'X-Frame-Options': 'deny',
    'Content-Security-Policy': 'a  b Ã©',
  })
  expect(compileResponseHeaders(undefined)).toEqual({})
})

test.each([
  { headers: { Server: 'x' }, path: ['Server'], message: 'HTTP header "Server" can not be configured' },
  { headers: { 'X-Frame-Options': 'x' }, path: ['X-Frame-Options'], message: '"x" is no value of X-Frame-Options' },
  { headers: { 'X-XSS-Protection': '\0' }, path: ['X-XSS-Protection'], message: 'the value of X-XSS-Protection holds a control character' },
])('$message', ({ headers, path, message }) => {
  expect(faultOf(() => compileResponseHeaders(headers as Record<string, string>))).toMatchObject({
    code: 'ERR_POSTERN_POLICY',
    path,
    message,
  })
})
