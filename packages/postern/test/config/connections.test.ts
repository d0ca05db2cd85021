/** How connections come in: unix sockets, PROXY protocol and trusted proxies in a policy file, and where their faults are. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatError } from '../../src/commands/report.ts'
import { type GatewayConfig, loadConfig } from '../../src/config/load.ts'
import { type PolicyFolder, policyFolder } from '../support/policy-folder.ts'

let folder: PolicyFolder
beforeAll(async () => {
  folder = await policyFolder()
})
afterAll(() => folder[Symbol.asyncDispose]())

interface Parts {
  readonly listen?: string
  readonly guard?: string
  readonly more?: string
}

/** `listen` is line 1, `guard` line 3, and what else there is comes after. */
function load(
  { listen = '["localhost:9843"]', guard = '{credentials: none}', more = '' }: Parts,
  flags?: readonly string[],
): GatewayConfig {
  const routes = 'routes: [{path: /metrics, upstream: "http://127.0.0.1:8080"}]'
  const file = folder.policy(`listen: ${listen}\n${routes}\nguard: ${guard}\n${more}\n`)
  return loadConfig({ file, ...(flags && { listen: flags }) })
}
function refusal(parts: Parts, flags?: readonly string[]): string {
  try {
    load(parts, flags)
  } catch (error) {
    return formatError(error, folder.path)
  }
  throw new Error('nothing was refused')
}

describe('a unix socket', () => {
  test('is a place to listen, whoever may ask: nobody reaches it from another machine', () => {
    const config = load({ listen: '["unix:/run/postern/a b.sock"]' })
    expect([config.listen, config.socketMode]).toEqual([[{ socketPath: '/run/postern/a b.sock' }], undefined])
    expect(load({}, ['unix:/run/postern.sock', 'localhost:1']).listen).toEqual([
      { socketPath: '/run/postern.sock' },
      { host: 'localhost', port: 1 },
    ])
  })

  test.each([
    { text: '"0660"', mode: 0o660 },
    { text: '"666"', mode: 0o666 },
    { text: '"0600"', mode: 0o600 },
  ])('has the mode $text', ({ text, mode }) => {
    expect(load({ more: `socket_mode: ${text}` }).socketMode).toBe(mode)
  })

  test.each(['unix:', 'unix:postern.sock', 'unix:./postern.sock', 'unix:/', 'unix:/run/', 'unix:///run/\\0'])(
    '%s names no file',
    (text) => {
      const fix = 'Write it like unix:/run/postern.sock. (ERR_POSTERN_LISTEN_ADDRESS)'
      expect(refusal({ listen: `["${text}"]` })).toBe(
        `postern.yaml:1:10 listen[0]: ${JSON.stringify(text.replace('\\0', '\0'))} does not name a file by its whole path. ${fix}`,
      )
    },
  )

  test('that a flag names wrongly is told there', () => {
    expect(refusal({}, ['unix:postern.sock'])).toMatch(/^--listen: "unix:postern\.sock" does not name a file by its whole path\./)
  })

  test.each([
    {
      text: '"660x"',
      says: '4:14 socket_mode: "660x" is no mode of a file. Write it in octal and in quotes, like "0660". (ERR_POSTERN_CONFIG)',
    },
    {
      text: '"1777"',
      says: '4:14 socket_mode: "1777" is no mode of a file. Write it in octal and in quotes, like "0660". (ERR_POSTERN_CONFIG)',
    },
    {
      text: '"0o660"',
      says: '4:14 socket_mode: "0o660" is no mode of a file. Write it in octal and in quotes, like "0660". (ERR_POSTERN_CONFIG)',
    },
    {
      text: '0660',
      says: '4:14 socket_mode: 0660 is a number, and a text is wanted here. Write it like: socket_mode: "0660" (ERR_POSTERN_CONFIG)',
    },
  ])('has no mode $text', ({ text, says }) => {
    expect(refusal({ more: `socket_mode: ${text}` })).toBe(`postern.yaml:${says}`)
  })
})

describe('PROXY protocol', () => {
  test('is spoken where the policy names whom it believes', () => {
    expect(load({}).proxyProtocol).toBeUndefined()
    const { proxyProtocol } = load({ more: 'proxy_protocol: {trusted: [10.0.0.0/8, unix, "::1"]}' })
    expect([proxyProtocol?.networks.map(({ text }) => text), proxyProtocol?.unixSocket]).toEqual([['10.0.0.0/8', '::1'], true])
  })

  test.each([
    {
      more: 'proxy_protocol: {trusted: [10.0.0.1, 0.0.0.0/0]}',
      says: '4:38 proxy_protocol.trusted[1]: "0.0.0.0/0" is every IPv4 address, and whoever is trusted chooses the address that is judged. List the addresses of your proxies alone. (ERR_POSTERN_POLICY)',
    },
    {
      more: 'proxy_protocol: {trusted: [10.0.0.5/8]}',
      says: '4:28 proxy_protocol.trusted[0]: "10.0.0.5/8" has bits set below /8. Write 10.0.0.0/8 for the network, or 10.0.0.5/32 for the one host. (ERR_POSTERN_CIDR)',
    },
    {
      more: 'proxy_protocol: {trusted: []}',
      says: '4:18 proxy_protocol.trusted: no peer is listed whose word is believed. List the addresses of your proxies. (ERR_POSTERN_POLICY)',
    },
    {
      more: 'proxy_protocol: true',
      says: '4:17 proxy_protocol: this is a truth value, and a mapping with the keys trusted is wanted here. Write it like: proxy_protocol: {trusted: [10.0.0.2]} (ERR_POSTERN_CONFIG)',
    },
    {
      more: 'proxy_protocol: {}',
      says: '4:1 proxy_protocol: the key "trusted" is missing. Add it: trusted: [10.0.0.2] (ERR_POSTERN_CONFIG)',
    },
    {
      more: 'proxy_protocol: {trusted: 10.0.0.1}',
      says: '4:27 proxy_protocol.trusted: "10.0.0.1" is a text, and a list of texts is wanted here. Write [10.0.0.1]. (ERR_POSTERN_CONFIG)',
    },
  ])('$more is refused', ({ more, says }) => {
    expect(refusal({ more })).toBe(`postern.yaml:${says}`)
  })
})

describe('trusted proxies', () => {
  test.each([
    {
      guard: '{credentials: none, proxies: {trusted: ["::/0"]}}',
      says: '3:48 guard.proxies.trusted[0]: "::/0" is every address, and whoever is trusted chooses the address that is judged. List the addresses of your proxies alone. (ERR_POSTERN_POLICY)',
    },
    {
      guard: '{credentials: none, proxies: {trusted: [unix], header: x-real-ip}}',
      says: '3:63 guard.proxies.header: "x-real-ip" is not x-forwarded-for or forwarded. Write x-forwarded-for or forwarded. (ERR_POSTERN_CONFIG)',
    },
    {
      guard: '{credentials: none, proxies: {hops: 1, trusted: [unix]}}',
      says: '3:38 guard.proxies.hops: "hops" is not a key here. Take it out, or write one of these: trusted, header. (ERR_POSTERN_CONFIG)',
    },
    {
      guard: '{credentials: none, addresses: {unix_sockets: yes}}',
      says: '3:54 guard.addresses.unix_sockets: "yes" is a text, and true or false is wanted here. Write true or false, without quotes. (ERR_POSTERN_CONFIG)',
    },
    {
      guard: '{credentials: none, addresses: {allow: [0.0.0.0/0]}}',
      says: '3:48 guard.addresses.allow[0]: "0.0.0.0/0" is every IPv4 address, which is no restriction anybody means. Leave "allow" out to allow every address that is not denied, or list the networks that may speak. (ERR_POSTERN_POLICY)',
    },
  ])('$guard is refused', ({ guard, says }) => {
    expect(refusal({ guard })).toBe(`postern.yaml:${says}`)
  })
})
