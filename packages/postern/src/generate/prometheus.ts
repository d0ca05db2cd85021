/** prometheus.yml: complete, so that a stock Prometheus (2.42 or later) scrapes at once; one job for each kind of credential. */
import { FILES, type GuardedEndpoint, PROMETHEUS_DATA, type ProvisionedKind, SCRAPER } from './model.ts'
import { yamlScalar, yamlStrings } from './yaml-text.ts'

/** The line that starts Prometheus: its own port is open to this machine alone, since nothing guards it. Both paths are words of a shell. */
export function startPrometheus(config: string, data: string): string {
  return `prometheus --config.file=${config} --web.listen-address=127.0.0.1:9090 --storage.tsdb.path=${data}`
}

const HEAD = `# Configuration of Prometheus, written by postern init. Start it in this folder with
#   ${startPrometheus(FILES.prometheus.path, PROMETHEUS_DATA)}
#
# Paths are relative to this file. Secrets and keys are readable by their owner alone: run Prometheus as the user who owns
# this folder, or copy this file, tls/ca.crt and the files it names to where Prometheus may read them.
# The jobs below do the same scrape, each with another credential: keep the one you like best and delete the others.

global:
  scrape_interval: 10s  # small, so that a first look is quick; 30s or 1m is usual for a service

scrape_configs:
`

/** The whole file. */
export function renderPrometheus(endpoint: GuardedEndpoint): string {
  return HEAD + endpoint.credentials.map((kind) => renderJob(endpoint, kind)).join('\n')
}

function renderJob(endpoint: GuardedEndpoint, kind: ProvisionedKind): string {
  const { credential, tls } = PROOFS[kind]
  return `  - job_name: postern-${kind}
    scheme: https
    metrics_path: ${yamlScalar(endpoint.path)}
    follow_redirects: false  # a credential goes to this target and nowhere else
${indent(credential, 4)}    tls_config:
      ca_file: ${FILES.authorityCertificate.path}  # always: some releases need it to notice a renewed certificate
${indent(tls, 6)}    static_configs:
      - targets: ${yamlStrings([endpoint.target])}
`
}

/** The lines by which each kind proves the scraper, and those that it adds to `tls_config`. */
const PROOFS: Readonly<Record<ProvisionedKind, { readonly credential: readonly string[]; readonly tls: readonly string[] }>> = {
  basic: { credential: ['basic_auth:', `  username: ${SCRAPER}`, `  password_file: ${FILES.password.path}`], tls: [] },
  bearer: { credential: ['authorization:', '  type: Bearer', `  credentials_file: ${FILES.token.path}`], tls: [] },
  'client-certificate': {
    credential: [],
    tls: [`cert_file: ${FILES.clientCertificate.path}`, `key_file: ${FILES.clientKey.path}`],
  },
}

function indent(lines: readonly string[], spaces: number): string {
  return lines.map((line) => `${' '.repeat(spaces)}${line}\n`).join('')
}
