import type { Decision, GuardEvent } from '@postern/guard'
import { describe, expect, test } from 'vitest'
import type { ScrapeEvent } from '../../src/gateway/gateway.ts'
import { createLog } from '../../src/gateway/log.ts'

/** Every line that `events` become, without its time. */
function logged(level: string, ...events: readonly (GuardEvent | ScrapeEvent)[]): unknown[] {
  const written: string[] = []
  const log = createLog({ write: (text) => void written.push(text) }, level)
  for (const event of events) log(event)
  return written.map((text) => {
    expect(text.indexOf('\n')).toBe(text.length - 1)
    const { time, ...line } = JSON.parse(text) as Record<string, unknown>
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    return line
  })
}

const DENY: Decision = { allow: false, status: 401, reason: 'bad_credentials', challenges: ['Basic realm="metrics"'] }
const ALLOW: Decision = { allow: true, principal: { name: 'prometheus', credential: 'basic' }, rule: 'default' }
const decision = (decision: Decision, more: object = {}): GuardEvent => ({
  type: 'decision',
  decision,
  address: '10.0.0.1',
  method: 'GET',
  path: '/metrics',
  ...more,
})
const scrape = (more: object = {}): ScrapeEvent => ({ type: 'scrape', path: '/metrics', status: 200, milliseconds: 1.6, ...more })

describe('the log', () => {
  test('tells a denial with its address and reason', () => {
    expect(logged('info', decision(DENY))).toEqual([
      { level: 'warn', address: '10.0.0.1', method: 'GET', path: '/metrics', status: 401, reason: 'bad_credentials', msg: 'denied' },
    ])
  })

  test('tells a failed scrape with its fault', () => {
    expect(
      logged('warn', scrape({ status: 504, fault: 'too_slow', detail: 'late' }), scrape({ status: 499, fault: 'client_left' })),
    ).toEqual([
      { level: 'warn', path: '/metrics', status: 504, milliseconds: 2, fault: 'too_slow', detail: 'late', msg: 'scrape failed' },
      { level: 'warn', path: '/metrics', status: 499, milliseconds: 2, fault: 'client_left', msg: 'scrape failed' },
    ])
  })

  test('tells a warning', () => {
    expect(logged('warn', { type: 'warning', message: '100%s of "keys" can be read' })).toEqual([
      { level: 'warn', msg: '100%s of "keys" can be read' },
    ])
  })

  test('tells an authority that is away, and at level info that it is back', () => {
    const [credential, message] = ['jwt', 'https://issuer.example/ cannot be read: connect ECONNREFUSED']
    const events = (['unavailable', 'recovered'] as const).map((state) => ({ type: 'authority' as const, credential, state, message }))
    const away = { level: 'warn', credential, state: 'unavailable', msg: message }
    expect(logged('warn', ...events)).toEqual([away])
    expect(logged('info', ...events)).toEqual([away, { level: 'info', credential, state: 'recovered', msg: message }])
  })

  test('tells what went well only to those who ask', () => {
    expect(logged('info', decision(ALLOW), scrape())).toEqual([])
    expect(logged('debug', decision(ALLOW), scrape())).toEqual([
      {
        level: 'debug',
        address: '10.0.0.1',
        method: 'GET',
        path: '/metrics',
        principal: 'prometheus',
        credential: 'basic',
        msg: 'allowed',
      },
      { level: 'debug', path: '/metrics', status: 200, milliseconds: 2, msg: 'scraped' },
    ])
  })

  test('tells nothing of denials at level error', () => {
    expect(logged('error', decision(DENY), scrape({ fault: 'too_slow' }))).toEqual([])
  })

  test('stays one line of bounded length, whatever a client sends', () => {
    const hostile = '\u001b[2J\n{"level":"info"}\u0000"\\'
    const [line] = logged('info', decision(DENY, { path: hostile + 'x'.repeat(65_536), method: hostile.repeat(10), address: undefined }))
    expect(line).toEqual({
      level: 'warn',
      method: (hostile + hostile).slice(0, 20),
      path: (hostile + 'x'.repeat(200)).slice(0, 200),
      status: 401,
      reason: 'bad_credentials',
      msg: 'denied',
    })
  })
})
