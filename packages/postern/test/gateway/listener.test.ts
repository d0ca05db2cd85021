/** Machines that are not this one: `listen` answers as it does where there is no IPv6, or where a port is in use on one address. */
import { PosternError } from '@postern/guard'
import { listen } from '@postern/guard/http'
import { beforeEach, expect, test, vi } from 'vitest'
import { startGateway } from '../support/gateway.ts'

vi.mock('@postern/guard/http', async (original) => {
  const room = await original<typeof import('@postern/guard/http')>()
  return { ...room, listen: vi.fn(room.listen) }
})

/** The faults of addresses, in turn; where there is none left, the address is had. */
let faults: { readonly host: string; readonly code: string }[] = []
const tried: string[] = []
beforeEach(async () => {
  const real = (await vi.importActual<typeof import('@postern/guard/http')>('@postern/guard/http')).listen
  tried.length = 0
  vi.mocked(listen).mockImplementation(async (server, host, port) => {
    tried.push(host)
    const fault = faults.find((candidate) => candidate.host === host)
    if (!fault) return real(server, host, port)
    faults = faults.filter((other) => other !== fault)
    throw new PosternError('ERR_POSTERN_LISTEN', `cannot listen on ${host}`, {
      fix: '',
      cause: Object.assign(new Error(fault.code), { code: fault.code }),
    })
  })
})

const OPEN = '{credentials: none}\nallow_unauthenticated: true\nallow_plaintext: true'

test.each(['EADDRNOTAVAIL', 'EAFNOSUPPORT'])('localhost is 127.0.0.1 alone where there is no ::1 (%s)', async (code) => {
  faults = [{ host: '::1', code }]
  await using gateway = await startGateway({ listen: '["localhost:0"]' })
  expect([gateway.origins.length, tried]).toEqual([1, ['127.0.0.1', '::1']])
})

test('a free port of localhost that is in use on ::1 is another one in the next try', async () => {
  faults = [
    { host: '::1', code: 'EADDRINUSE' },
    { host: '::1', code: 'EADDRINUSE' },
  ]
  await using gateway = await startGateway({ listen: '["localhost:0"]' })
  expect([gateway.origins.length, tried]).toEqual([1, ['127.0.0.1', '::1', '127.0.0.1', '::1', '127.0.0.1', '::1']])
})

test('five tries are enough', async () => {
  faults = Array.from({ length: 5 }, () => ({ host: '::1', code: 'EADDRINUSE' }))
  await expect(startGateway({ listen: '["localhost:0"]' })).rejects.toMatchObject({ code: 'ERR_POSTERN_LISTEN' })
  expect(tried.length).toBe(10)
})

test('every address is 0.0.0.0 where there is no ::', async () => {
  faults = [{ host: '::', code: 'EAFNOSUPPORT' }]
  await using gateway = await startGateway({ listen: '[":0"]', guard: OPEN })
  expect([gateway.origins[0]?.startsWith('http://[::]:'), tried]).toEqual([true, ['::', '0.0.0.0']])
})

test('every address that is in use is told as such', async () => {
  faults = [{ host: '::', code: 'EADDRINUSE' }]
  await expect(startGateway({ listen: '[":0"]', guard: OPEN })).rejects.toMatchObject({ code: 'ERR_POSTERN_LISTEN' })
  expect(tried).toEqual(['::'])
})
