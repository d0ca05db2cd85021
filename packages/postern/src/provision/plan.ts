/** Everything a provisioned folder will hold, made in memory: whoever has a plan can still decide not to write it. Touches no file. */
import { FILES, type FolderFile, type GuardedEndpoint, SCRAPER } from '../generate/model.ts'
import { renderPolicy } from '../generate/policy.ts'
import { renderPrometheus } from '../generate/prometheus.ts'
import { issueAuthority, issueCertificate } from './certificates.ts'
import { compileOptions, type ProvisionOptions } from './options.ts'
import { createPassword, createToken } from './secrets.ts'

/** `content` is a secret wherever `mode` is 0600. */
export interface PlannedFile extends FolderFile {
  readonly content: string
}

export interface Plan {
  readonly endpoint: GuardedEndpoint
  /** In the order of writing: the policy comes last, and its presence says that everything before it is there. */
  readonly files: readonly PlannedFile[]
  readonly notAfter: CertificateEnds
}

/** The last moment of each certificate; absent for one that is not there. */
export interface CertificateEnds {
  readonly authority?: Date
  readonly server?: Date
  readonly client?: Date
}

/**
 * Makes new certificates and secrets for `options`. Without `now` and `random` it takes those of the machine;
 * keys and salts come from the machine in any case. Takes about 0.2 s, most of it for one bcrypt hash.
 * @throws {PosternError} ERR_POSTERN_USAGE, ERR_POSTERN_LISTEN_ADDRESS or ERR_POSTERN_UPSTREAM_URL when an option cannot be used.
 */
export async function createPlan(options: ProvisionOptions = {}): Promise<Plan> {
  const endpoint = compileOptions(options)
  const source = { ...(options.now && { now: options.now }), ...(options.random && { random: options.random }) }
  const files: PlannedFile[] = []
  const add = (file: FolderFile, content: string): void => void files.push({ ...file, content })

  const authority = await issueAuthority(source)
  add(FILES.authorityKey, authority.key)
  add(FILES.authorityCertificate, authority.certificate)
  const server = await issueCertificate(authority, { kind: 'server', hosts: endpoint.hosts, ...source })
  add(FILES.serverKey, server.key)
  add(FILES.serverCertificate, server.certificate)

  let client: Date | undefined
  for (const kind of endpoint.credentials) {
    switch (kind) {
      case 'basic': {
        const password = await createPassword(SCRAPER, options.random)
        add(FILES.password, password.scraper)
        add(FILES.users, password.guard)
        break
      }
      case 'bearer': {
        const token = createToken(SCRAPER, options.random)
        add(FILES.token, token.scraper)
        add(FILES.tokens, token.guard)
        break
      }
      case 'client-certificate': {
        const issued = await issueCertificate(authority, { kind: 'client', names: [SCRAPER], ...source })
        add(FILES.clientKey, issued.key)
        add(FILES.clientCertificate, issued.certificate)
        client = issued.notAfter
        break
      }
    }
  }

  add(FILES.prometheus, renderPrometheus(endpoint))
  add(FILES.policy, renderPolicy(endpoint))
  return { endpoint, files, notAfter: { authority: authority.notAfter, server: server.notAfter, ...(client && { client }) } }
}
