/** postern.yaml as `postern init` writes it: the policy of one endpoint, commented for whoever changes it next. */
import { formatHostPort } from '../config/listen-address.ts'
import { FILES, type GuardedEndpoint, type ProvisionedKind, REALM, SCRAPER } from './model.ts'
import { yamlScalar } from './yaml-text.ts'

/** The whole file. */
export function renderPolicy(endpoint: GuardedEndpoint): string {
  return `# The policy of Postern, written by postern init: what is served, and who may read it.
#   postern validate postern.yaml          checks it after a change
#   postern serve --config postern.yaml    serves it
# Relative paths start at the folder of this file. Every key is described in docs/reference of Postern's repository.

# Addresses to serve. localhost means 127.0.0.1 and ::1; other machines reach 0.0.0.0:PORT, [::]:PORT or an address of yours.
listen:
  - ${yamlScalar(formatHostPort(endpoint.listen.host, endpoint.listen.port))}

# The certificate of this gateway (PEM, the server's own first) and its key. TLS 1.2 and 1.3 are spoken, plain HTTP is not.
tls:
  cert_file: ${FILES.serverCertificate.path}
  key_file: ${FILES.serverKey.path}

# Which path leads to which exporter. An exporter that listens on loopback cannot be reached around the gateway.
routes:
  - path: ${yamlScalar(endpoint.path)}
    upstream: ${yamlScalar(endpoint.upstream)}

guard:
  # Ways to prove who is asking; any one of them is enough. Remove those you do not use.
  credentials:
${endpoint.credentials.map((kind) => CREDENTIALS[kind]).join('\n')}
${endpoint.loopbackOnly ? LOOPBACK_ADDRESSES : OPEN_ADDRESSES}`
}

const CREDENTIALS: Readonly<Record<ProvisionedKind, string>> = {
  basic: `    # User and password. A user is a line of the file: postern hash --user NAME makes one.
    - type: basic
      realm: ${REALM}
      users_file: ${FILES.users.path}
`,
  bearer: `    # A token in the Authorization header. The file holds SHA-256 digests, never tokens.
    - type: bearer
      realm: ${REALM}
      tokens_file: ${FILES.tokens.path}
`,
  'client-certificate': `    # A certificate of the authority in ca_file that carries one of these subject alternative names, exactly as written.
    - type: client-certificate
      ca_file: ${FILES.authorityCertificate.path}
      names: [${SCRAPER}]
`,
}

const LOOPBACK_ADDRESSES = `  # Where a request may come from, beside proving who is asking: the address of the connection, not of any header.
  # Only this machine for now. When you listen on more than loopback, name the addresses of your Prometheus servers.
  addresses:
    allow: [127.0.0.0/8, "::1"]
`

const OPEN_ADDRESSES = `  # Where a request may come from, beside proving who is asking: the address of the connection, not of any header.
  # Recommended: name the addresses or networks of your Prometheus servers and take the # away. Without it, any address may try.
  # addresses:
  #   allow: [192.0.2.10, 10.0.0.0/8, "2001:db8::/32"]
`
