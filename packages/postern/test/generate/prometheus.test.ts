import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { renderPrometheus } from '../../src/generate/prometheus.ts'
import { compileOptions } from '../../src/provision/options.ts'

const common = (target: string) => ({
  scheme: 'https',
  metrics_path: '/metrics',
  follow_redirects: false,
  static_configs: [{ targets: [target] }],
})

test('one job for each kind of credential, and the authority in each of them', () => {
  expect(parse(renderPrometheus(compileOptions({})))).toEqual({
    global: { scrape_interval: '10s' },
    scrape_configs: [
      {
        job_name: 'postern-basic',
        ...common('localhost:9843'),
        basic_auth: { username: 'prometheus', password_file: 'secrets/prometheus.password.1' },
        tls_config: { ca_file: 'tls/ca.crt' },
      },
      {
        job_name: 'postern-bearer',
        ...common('localhost:9843'),
        authorization: { type: 'Bearer', credentials_file: 'secrets/prometheus.token.1' },
        tls_config: { ca_file: 'tls/ca.crt' },
      },
      {
        job_name: 'postern-client-certificate',
        ...common('localhost:9843'),
        tls_config: { ca_file: 'tls/ca.crt', cert_file: 'tls/prometheus.crt', key_file: 'tls/prometheus.key' },
      },
    ],
  })
})

test('the head says how to start it, with a port for this machine alone and its data beside it', () => {
  expect(renderPrometheus(compileOptions({}))).toContain(
    '\n#   prometheus --config.file=prometheus.yml --web.listen-address=127.0.0.1:9090 --storage.tsdb.path=prometheus-data\n',
  )
})

test.each([
  { options: { auth: ['basic'], hosts: ['app1.example.org', 'app1'] } as const, target: 'app1.example.org:9843' },
  { options: { auth: ['bearer'], listen: '[2001:db8::10]:443' } as const, target: '[2001:db8::10]:443' },
])('the target is what Prometheus dials: $target', ({ options, target }) => {
  const { scrape_configs: jobs } = parse(renderPrometheus(compileOptions(options))) as { scrape_configs: { job_name: string }[] }
  expect(jobs).toMatchObject([{ job_name: `postern-${options.auth[0]}`, ...common(target) }])
})
