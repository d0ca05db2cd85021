import tls, { type TLSSocket } from 'node:tls'
import { issueCertificate } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { createPusher, type PushError, type PushSource, type PushTls } from '../../src/push/index.ts'
import { startRecorder } from './recorder.ts'

const SOURCE: PushSource = { render: async () => ({ contentType: 'text/plain', body: 'x 1\n' }) }

describe('a push over TLS', async () => {
  const authority = await issueCertificate({ subject: 'authority', ca: true })
  const [server, named, client, stranger] = await Promise.all([
    issueCertificate({ subject: 'gateway', issuer: authority, usage: 'serverAuth', names: ['IP:127.0.0.1'] }),
    issueCertificate({ subject: 'gateway', issuer: authority, usage: 'serverAuth', names: ['DNS:gw.example'] }),
    issueCertificate({ subject: 'job', issuer: authority }),
    issueCertificate({ subject: 'stranger', ca: true }),
  ])
  const push = (url: string, tls: PushTls): Promise<void> => createPusher(SOURCE, { url, tls }, { job: 'a' }).push()
  const failureOf = (url: string, tls: PushTls): Promise<PushError> =>
    push(url, tls).then(
      () => Promise.reject(new Error('it arrived')),
      (error: PushError) => error,
    )

  test('trusts the authority it is given', async () => {
    await using gateway = await startRecorder({ tls: server })
    await push(gateway.url, { ca: authority.cert })
    expect(gateway.requests.map((one) => [one.method, one.body])).toEqual([['PUT', 'x 1\n']])
  })

  test('speaks no version before 1.2, even in a process that would', async () => {
    const versions = { ...server, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const
    await using gateway = await startRecorder({ tls: versions })
    const { DEFAULT_CIPHERS, DEFAULT_MIN_VERSION } = tls
    Object.assign(tls, { DEFAULT_CIPHERS: 'ALL:@SECLEVEL=0', DEFAULT_MIN_VERSION: 'TLSv1' })
    try {
      expect(await failureOf(gateway.url, { ca: authority.cert })).toMatchObject({ reason: 'unreachable' })
    } finally {
      Object.assign(tls, { DEFAULT_CIPHERS, DEFAULT_MIN_VERSION })
    }
    expect(gateway.requests).toEqual([])
  })

  test.each<{ name: string; tls: PushTls }>([
    { name: 'of an unknown authority', tls: {} },
    { name: 'of another authority', tls: { ca: stranger.cert } },
    { name: 'of another name', tls: { ca: authority.cert, servername: 'gw.example' } },
  ])('does not trust a gateway $name, and sends nothing', async ({ tls }) => {
    await using gateway = await startRecorder({ tls: server })
    const error = await failureOf(gateway.url, tls)
    expect(error).toMatchObject({ reason: 'unreachable', status: undefined })
    expect(error.message).toMatch(/ failed: (unable to (verify|get)|Hostname\/IP does not match)/)
    expect(gateway.requests).toEqual([])
  })

  test('does not trust either when the environment turns verification off', async () => {
    await using gateway = await startRecorder({ tls: server })
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    try {
      expect(await failureOf(gateway.url, {})).toMatchObject({ reason: 'unreachable' })
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    }
    expect(gateway.requests).toEqual([])
  })

  test('asks for the name it is given', async () => {
    const asked: unknown[] = []
    const SNICallback = (name: string, done: (error: null) => void): void => {
      asked.push(name)
      done(null)
    }
    await using gateway = await startRecorder({ tls: { ...named, SNICallback } })
    await push(gateway.url, { ca: authority.cert, servername: 'gw.example' })
    expect(asked).toEqual(['gw.example'])
  })

  test('shows its certificate', async () => {
    const seen: unknown[] = []
    const mutual = { ...server, ca: authority.cert, requestCert: true, rejectUnauthorized: true }
    await using gateway = await startRecorder({
      tls: mutual,
      answer(response) {
        seen.push((response.socket as TLSSocket).getPeerCertificate().subject.CN)
        response.end()
      },
    })
    await push(gateway.url, { ca: authority.cert, ...client })
    expect(seen).toEqual(['job'])
    expect(await failureOf(gateway.url, { ca: authority.cert })).toMatchObject({ reason: 'unreachable' })
    expect(gateway.requests).toHaveLength(1)
  })
})
