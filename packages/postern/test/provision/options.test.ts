import { describe, expect, test } from 'vitest'
import { parseHost } from '../../src/config/hosts.ts'
import { compileOptions, type ProvisionOptions, parseCredentialKinds } from '../../src/provision/options.ts'

/** What a fault looks like to whoever reads it. */
function fault(compile: () => unknown): Record<string, unknown> {
  try {
    compile()
  } catch (error) {
    const { code, path, message, fix } = error as { code: string; path: string[]; message: string; fix: string }
    return { code, message: `${path.join('.')} ${message}`, fix }
  }
  throw new Error('nothing was thrown')
}

describe('an endpoint', () => {
  test('without any option is a gateway on loopback in front of port 8080', () => {
    expect(compileOptions({})).toEqual({
      listen: { host: 'localhost', port: 9843 },
      loopbackOnly: true,
      hosts: ['localhost', '127.0.0.1', '::1'],
      target: 'localhost:9843',
      url: 'https://localhost:9843/metrics',
      path: '/metrics',
      upstream: 'http://127.0.0.1:8080/metrics',
      credentials: ['basic', 'bearer', 'client-certificate'],
    })
  })

  test.each<{ name: string; options: ProvisionOptions; hosts: string[]; url: string; loopbackOnly: boolean }>([
    {
      name: 'an IPv4 loopback address',
      options: { listen: '127.0.0.1:1' },
      hosts: ['127.0.0.1', 'localhost', '::1'],
      url: 'https://127.0.0.1:1/metrics',
      loopbackOnly: true,
    },
    {
      name: 'an IPv6 loopback address',
      options: { listen: '[0:0::1]:65535' },
      hosts: ['::1', 'localhost', '127.0.0.1'],
      url: 'https://[::1]:65535/metrics',
      loopbackOnly: true,
    },
    {
      name: 'another loopback address',
      options: { listen: '127.0.0.9:80' },
      hosts: ['127.0.0.9', 'localhost', '127.0.0.1', '::1'],
      url: 'https://127.0.0.9:80/metrics',
      loopbackOnly: true,
    },
    {
      name: 'loopback under another name',
      options: { hosts: ['Metrics.Example.org', 'metrics.example.org'] },
      hosts: ['metrics.example.org'],
      url: 'https://metrics.example.org:9843/metrics',
      loopbackOnly: true,
    },
    {
      name: 'an address of the machine',
      options: { listen: '192.0.2.10:9843' },
      hosts: ['192.0.2.10'],
      url: 'https://192.0.2.10:9843/metrics',
      loopbackOnly: false,
    },
    {
      name: 'a name of the machine',
      options: { listen: 'app1.example.org:9843' },
      hosts: ['app1.example.org'],
      url: 'https://app1.example.org:9843/metrics',
      loopbackOnly: false,
    },
    {
      name: 'an address and a name to dial',
      options: { listen: '192.0.2.10:9843', hosts: ['app1'] },
      hosts: ['app1', '192.0.2.10'],
      url: 'https://app1:9843/metrics',
      loopbackOnly: false,
    },
    {
      name: 'every address and a name to dial',
      options: { listen: '0.0.0.0:9843', hosts: ['app1', '2001:DB8:0::10'] },
      hosts: ['app1', '2001:db8::10'],
      url: 'https://app1:9843/metrics',
      loopbackOnly: false,
    },
    {
      name: 'every IPv6 address and a name to dial',
      options: { listen: '[::]:9843', hosts: ['app_1'] },
      hosts: ['app_1'],
      url: 'https://app_1:9843/metrics',
      loopbackOnly: false,
    },
    {
      name: 'a port alone and a name to dial',
      options: { listen: ':9843', hosts: ['app1'] },
      hosts: ['app1'],
      url: 'https://app1:9843/metrics',
      loopbackOnly: false,
    },
  ])('on $name is dialled as $url', ({ options, hosts, url, loopbackOnly }) => {
    expect(compileOptions(options)).toMatchObject({ hosts, url, loopbackOnly })
  })

  test.each([
    { given: 'http://127.0.0.1:9100', upstream: 'http://127.0.0.1:9100/metrics' },
    { given: 'http://127.0.0.1:9100/', upstream: 'http://127.0.0.1:9100/' },
    { given: 'HTTPS://Exporter.example.org/actuator/prometheus', upstream: 'https://exporter.example.org/actuator/prometheus' },
    { given: 'http://[::1]:8080/metrics', upstream: 'http://[::1]:8080/metrics' },
    { given: 'http://127.0.0.2:9843/metrics', upstream: 'http://127.0.0.2:9843/metrics' },
    { given: 'http://exporter:9843/metrics', upstream: 'http://exporter:9843/metrics' },
  ])('has $upstream behind it for --upstream $given', ({ given, upstream }) => {
    expect(compileOptions({ upstream: given }).upstream).toBe(upstream)
  })
})

describe('--listen is refused', () => {
  test.each([
    '',
    '9843',
    'localhost',
    'localhost:',
    '::1:9843',
    '[::1]',
    '[::1]9843',
    '[localhost]:9843',
    '[127.0.0.1]:9843',
    'a b:9843',
    'localhost:98x',
    'localhost:123456',
    'http://localhost:9843',

    '*:9843',
  ])('for "%s"', (listen) => {
    expect(fault(() => compileOptions({ listen }))).toEqual({
      code: 'ERR_POSTERN_LISTEN_ADDRESS',
      message: `--listen "${listen}" is neither HOST:PORT nor [IPV6]:PORT nor :PORT`,
      fix: 'Write it like localhost:9843, [::1]:9843 or 0.0.0.0:9843.',
    })
  })

  test.each([
    { listen: 'localhost:0', reason: 'has port 0, and Prometheus must be told which port it is', fix: 'Write a port like 9843.' },
    { listen: 'localhost:65536', reason: 'has port 65536, and ports end at 65535', fix: 'Write a port like 9843.' },
    {
      listen: '256.0.0.1:9843',
      reason: 'starts with neither a DNS name nor an IP address that others can dial',
      fix: 'Write it like localhost:9843, [::1]:9843 or 0.0.0.0:9843.',
    },
    {
      listen: '[fe80::1%eth0]:9843',
      reason: 'starts with neither a DNS name nor an IP address that others can dial',
      fix: 'Write it like localhost:9843, [::1]:9843 or 0.0.0.0:9843.',
    },
  ])('for $listen: $reason', ({ listen, reason, fix }) => {
    expect(fault(() => compileOptions({ listen }))).toEqual({
      code: 'ERR_POSTERN_LISTEN_ADDRESS',
      message: `--listen "${listen}" ${reason}`,
      fix,
    })
  })

  test.each(['0.0.0.0:9843', '[::]:9843', ':9843'])('for "%s" without a --host', (listen) => {
    expect(fault(() => compileOptions({ listen }))).toEqual({
      code: 'ERR_POSTERN_USAGE',
      message: `--listen "${listen}" serves every address of this machine and does not say which name Prometheus dials`,
      fix: 'Add --host with the name or address that Prometheus dials.',
    })
  })
})

describe('--host is refused', () => {
  test.each([
    '',
    'a b',
    'https://app1',
    'app1:9843',
    '[::1]',
    'fe80::1%eth0',
    '-app',
    'app-',
    'a..b',
    'app.',
    '256.1.1.1',
    '10.1',
    'ä.example',
    `${'a'.repeat(64)}.org`,
    `${'a.'.repeat(127)}ab`,
  ])('for "%s"', (host) => {
    if (host === '') return expect(fault(() => compileOptions({ hosts: [host] }))['code']).toBe('ERR_POSTERN_USAGE')
    return expect(fault(() => compileOptions({ hosts: ['localhost', host] }))).toEqual({
      code: 'ERR_POSTERN_USAGE',
      message: `--host "${host}" is neither a DNS name nor an IP address`,
      fix: 'Write it like metrics.example.org, 192.0.2.10 or 2001:db8::10, without scheme, port or brackets.',
    })
  })

  test.each(['*', '*.example.org', '0.0.0.0', '::'])('for "%s", which is many hosts', (host) => {
    expect(fault(() => compileOptions({ hosts: [host] }))).toEqual({
      code: 'ERR_POSTERN_USAGE',
      message: `--host "${host}" stands for many hosts, and Prometheus dials one`,
      fix: 'Write each name or address in full, with a --host of its own.',
    })
  })

  test('and what was read is shown without its control characters', () => {
    expect(fault(() => compileOptions({ hosts: ['a\u001B[2J\n'] }))['message']).toBe(
      String.raw`--host "a\u001b[2J\n" is neither a DNS name nor an IP address`,
    )
  })
})

describe('--auth', () => {
  test.each([
    { text: 'basic', kinds: ['basic'] },
    { text: ' client-certificate , basic,basic,', kinds: ['basic', 'client-certificate'] },
  ])('reads "$text"', ({ text, kinds }) => {
    expect(parseCredentialKinds(text)).toEqual(kinds)
  })

  test.each([
    { text: '', message: '--auth "" names no kind of credential' },
    { text: ' , ', message: '--auth " , " names no kind of credential' },
    { text: 'basic,magic', message: '--auth "basic,magic" names "magic", which is no kind of credential' },
    { text: 'Basic', message: '--auth "Basic" names "Basic", which is no kind of credential' },
    { text: '__proto__', message: '--auth "__proto__" names "__proto__", which is no kind of credential' },
  ])('is refused for "$text"', ({ text, message }) => {
    expect(fault(() => parseCredentialKinds(text))).toEqual({
      code: 'ERR_POSTERN_USAGE',
      message,
      fix: 'Write one or more of basic, bearer, client-certificate, separated by commas.',
    })
  })

  test('is refused for an empty list', () => {
    expect(fault(() => compileOptions({ auth: [] }))).toMatchObject({
      code: 'ERR_POSTERN_USAGE',
      message: '--auth "" names no kind of credential',
    })
  })
})

describe('--upstream is refused', () => {
  const URL_FORM = { reason: 'is not an http or https URL', fix: 'Write it like http://127.0.0.1:8080/metrics.' }
  const CREDENTIALS = {
    reason: 'has credentials in it, and a URL is shown in logs and lists of processes',
    fix: 'Take them out, and bind the exporter to loopback instead.',
  }
  const QUERY = {
    reason: 'has a query or a fragment, which is no part of the address of an exporter',
    fix: 'Leave out everything from ? or # on; a scraper sends its own parameters.',
  }
  test.each([
    { upstream: '', shown: '', ...URL_FORM },
    { upstream: '127.0.0.1:8080', shown: '127.0.0.1:8080', ...URL_FORM },
    { upstream: 'localhost:8080/metrics', shown: 'localhost:8080/metrics', ...URL_FORM },
    { upstream: 'file:///etc/passwd', shown: 'file:///etc/passwd', ...URL_FORM },
    { upstream: 'http://', shown: 'http://', ...URL_FORM },
    { upstream: 'http://joe:hunter2@host:99999/', shown: 'http://…@host:99999/', ...URL_FORM },
    { upstream: 'joe:hunter2@host', shown: 'joe:…@host', ...URL_FORM },
    { upstream: 'http://joe:hunter2@127.0.0.1:8080/metrics', shown: 'http://…@127.0.0.1:8080/metrics', ...CREDENTIALS },
    { upstream: 'http://hunter2@127.0.0.1/', shown: 'http://…@127.0.0.1/', ...CREDENTIALS },
    { upstream: 'http://joe:hun@ter2@127.0.0.1/?a', shown: 'http://…@127.0.0.1/?…', ...CREDENTIALS },
    { upstream: 'http://joe:hunter?2@127.0.0.1/', shown: 'http://…@127.0.0.1/', ...URL_FORM },
    { upstream: 'http://127.0.0.1:8080/metrics?key=hunter2', shown: 'http://127.0.0.1:8080/metrics?…', ...QUERY },
    { upstream: 'http://127.0.0.1:8080/metrics#hunter2', shown: 'http://127.0.0.1:8080/metrics#…', ...QUERY },
    { upstream: 'http://127.0.0.1:8080/metrics?', shown: 'http://127.0.0.1:8080/metrics?…', ...QUERY },
  ])('for $shown: $reason', ({ upstream, shown, reason, fix }) => {
    const seen = fault(() => compileOptions({ upstream }))
    expect(seen).toEqual({ code: 'ERR_POSTERN_UPSTREAM_URL', message: `--upstream "${shown}" ${reason}`, fix })
    expect(JSON.stringify(seen)).not.toMatch(/hun|ter2|2@/)
  })

  test.each([
    { listen: 'localhost:9843', upstream: 'http://localhost:9843/metrics' },
    { listen: 'localhost:9843', upstream: 'http://localhost.:9843/metrics' },
    { listen: 'localhost:9843', upstream: 'http://127.0.0.1:9843/metrics' },
    { listen: 'localhost:9843', upstream: 'http://0.0.0.0:9843/' },
    { listen: 'localhost:9843', upstream: 'http://[::1]:9843/' },
    { listen: '[::1]:9843', upstream: 'https://localhost:9843/' },
    { listen: '[::1]:443', upstream: 'https://[0::1]/' },
    { listen: '127.0.0.9:80', upstream: 'http://127.0.0.9/metrics' },
    { listen: '0.0.0.0:9843', upstream: 'http://127.0.0.7:9843/metrics' },
    { listen: ':9843', upstream: 'http://[::ffff:127.0.0.1]:9843/metrics' },
    { listen: 'app1:9843', upstream: 'http://app1:9843/metrics' },
  ])('for $upstream behind a gateway on $listen', ({ listen, upstream }) => {
    expect(fault(() => compileOptions({ listen, upstream, hosts: ['app1'] }))).toEqual({
      code: 'ERR_POSTERN_UPSTREAM_URL',
      message: `--upstream "${new URL(upstream).href}" is the gateway itself, which listens on ${listen}`,
      fix: 'Give the address of the exporter, or another --listen.',
    })
  })
})

test('an address has one spelling', () => {
  expect(['::FFFF:10.0.0.1', '10.0.0.1', '2001:DB8:0:0::1', 'LOCALHOST'].map(parseHost)).toEqual([
    '10.0.0.1',
    '10.0.0.1',
    '2001:db8::1',
    'localhost',
  ])
})
