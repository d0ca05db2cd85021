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
  milliseconds: 0.4,
  ...more,
})
const scrape = (more: object = {}): ScrapeEvent => ({ type: 'scrape', path: '/metrics', status: 200, milliseconds: 1.6, ...more })

describe('the log', () => {
  test('tells a denial with its address and reason', () => {
    expect(logged('info', decision(DENY))).toEqual([
      {
        level: 'warn',
        address: '10.0.0.1',
        method: 'GET',
        path: '/metrics',
        milliseconds: 0,
        status: 401,
        reason: 'bad_credentials',
        msg: 'denied',
      },
    ])
  })

  test('tells the proxy that spoke for a client', () => {
    expect(logged('info', decision(DENY, { peer: '10.0.0.2' }))).toMatchObject([{ address: '10.0.0.1', peer: '10.0.0.2', msg: 'denied' }])
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

  test('tells when limits are shared no longer, and when they are again', () => {
    const limits = (state: 'degraded' | 'recovered'): GuardEvent => ({ type: 'limits', state, message: `the store is ${state}` })
    expect(logged('info', limits('degraded'), limits('recovered'))).toEqual([
      { level: 'warn', limits: 'degraded', msg: 'the store is degraded' },
      { level: 'info', limits: 'recovered', msg: 'the store is recovered' },
    ])
  })

  test('tells of an authority that goes away, and of its return', () => {
    const event = { type: 'authority', credential: 'accounts' } as const
    expect(
      logged(
        'info',
        { ...event, state: 'unavailable', message: 'it answered 500' },
        { ...event, state: 'recovered', message: 'it answers again' },
      ),
    ).toEqual([
      { level: 'warn', credential: 'accounts', state: 'unavailable', msg: 'it answered 500' },
      { level: 'info', credential: 'accounts', state: 'recovered', msg: 'it answers again' },
    ])
  })

  test('tells that something was read again, or why it was not', () => {
    const reload = { type: 'reload', what: 'policy' } as const
    expect(logged('info', { ...reload, ok: true, message: 'it was read again' }, { ...reload, ok: false, message: 'it is empty' })).toEqual(
      [
        { level: 'info', what: 'policy', msg: 'it was read again' },
        { level: 'error', what: 'policy', msg: 'it is empty' },
      ],
    )
  })

  test('tells what a view found that somebody should look at, and to those who ask what it hid', () => {
    const counts = { hiddenFamilies: 1, hiddenSeries: 2, redacted: 3, reported: 0, unreadable: 0, suspects: [] }
    const event = { type: 'view', view: 'shop', principal: 'prom', ...counts } as const
    const told = { view: 'shop', principal: 'prom', ...counts, msg: 'view applied' }
    expect(logged('info', event, { ...event, reported: 1 }, { ...event, unreadable: 1 })).toEqual([
      { level: 'warn', ...told, reported: 1 },
      { level: 'warn', ...told, unreadable: 1 },
    ])
    expect(logged('debug', event)).toEqual([{ level: 'debug', ...told }])
  })

  test('tells what went well only to those who ask', () => {
    expect(logged('info', decision(ALLOW), scrape())).toEqual([])
    expect(logged('debug', decision(ALLOW), scrape())).toEqual([
      {
        level: 'debug',
        address: '10.0.0.1',
        method: 'GET',
        path: '/metrics',
        milliseconds: 0,
        principal: 'prometheus',
        credential: 'basic',
        rule: 'default',
        msg: 'allowed',
      },
      { level: 'debug', path: '/metrics', status: 200, milliseconds: 2, msg: 'scraped' },
    ])
  })

  test('tells nothing of denials at level error', () => {
    expect(logged('error', decision(DENY), scrape({ fault: 'too_slow' }))).toEqual([])
  })

  test('stays one line, whatever it is told', () => {
    const hostile = '\u001b[2J\n{"level":"info"}\u0000"\\'
    const [line] = logged('info', decision(DENY, { path: hostile, address: undefined }))
    expect(line).toEqual({
      level: 'warn',
      method: 'GET',
      path: hostile,
      milliseconds: 0,
      status: 401,
      reason: 'bad_credentials',
      msg: 'denied',
    })
  })
})
