/** What every generated file is made from: one guarded endpoint, and where the files of its folder lie. Pure data. */
import type { ListenAddress } from '../config/listen-address.ts'

/** One endpoint behind one gateway. Hosts and addresses are in canonical spelling, IPv6 without brackets. */
export interface GuardedEndpoint {
  readonly listen: ListenAddress
  /** True when no other machine can reach the listener. */
  readonly loopbackOnly: boolean
  /** Names and addresses in the server certificate; the first is the one Prometheus dials. */
  readonly hosts: readonly [string, ...string[]]
  /** The first host and the port: `localhost:9843`, `[::1]:9843`. */
  readonly target: string
  /** Where Prometheus and curl find it: `https://localhost:9843/metrics`. */
  readonly url: string
  /** The path of {@link url}. */
  readonly path: string
  readonly upstream: string
  /** Kinds of credential that are made, each of them enough for a scrape; never empty, in the order of {@link CREDENTIAL_KINDS}. */
  readonly credentials: readonly ProvisionedKind[]
}

export const CREDENTIAL_KINDS = ['basic', 'bearer', 'client-certificate'] as const

/** Of the kinds that the guard knows, those whose both sides are made here. */
export type ProvisionedKind = (typeof CREDENTIAL_KINDS)[number]

/** The scraper's user name, the name of its token and the subject alternative name of its certificate. */
export const SCRAPER = 'prometheus'

/** The realm of every challenge. */
export const REALM = 'metrics'

/** Where Prometheus keeps its series, beside {@link FILES}: a packaged default belongs to another user. Nobody but Prometheus writes it. */
export const PROMETHEUS_DATA = 'prometheus-data'

export interface FolderFile {
  /** Relative to the provisioned folder, with `/`. */
  readonly path: string
  readonly mode: 0o600 | 0o644
  /** What the file is for, in a few words for a terminal. */
  readonly purpose: string
}

/**
 * Every file of a provisioned folder, in the order to show them in. The scraper's halves carry a version in their names: several releases of Prometheus read a
 * `password_file` or `credentials_file` only once, so that a rotation must publish a new name and reload.
 */
export const FILES = {
  policy: { path: 'postern.yaml', mode: 0o644, purpose: 'the policy: what the gateway serves, and to whom' },
  prometheus: { path: 'prometheus.yml', mode: 0o644, purpose: 'a complete configuration of Prometheus' },
  authorityCertificate: { path: 'tls/ca.crt', mode: 0o644, purpose: 'the authority that Prometheus and the gateway trust' },
  authorityKey: { path: 'tls/ca.key', mode: 0o600, purpose: 'its key: may be moved to a safe place' },
  serverCertificate: { path: 'tls/server.crt', mode: 0o644, purpose: 'the certificate of the gateway' },
  serverKey: { path: 'tls/server.key', mode: 0o600, purpose: 'its key' },
  clientCertificate: { path: 'tls/prometheus.crt', mode: 0o644, purpose: 'the certificate of Prometheus' },
  clientKey: { path: 'tls/prometheus.key', mode: 0o600, purpose: 'its key' },
  password: { path: 'secrets/prometheus.password.1', mode: 0o600, purpose: 'the password, for Prometheus' },
  users: { path: 'secrets/users.htpasswd', mode: 0o600, purpose: 'its bcrypt hash, for the gateway' },
  token: { path: 'secrets/prometheus.token.1', mode: 0o600, purpose: 'the bearer token, for Prometheus' },
  tokens: { path: 'secrets/tokens.yaml', mode: 0o600, purpose: 'its SHA-256 digest, for the gateway' },
} as const satisfies Record<string, FolderFile>
