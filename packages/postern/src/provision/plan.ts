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

/** Certificates and secrets without the two configurations that name them. */
export type Identity = Pick<Plan, 'files' | 'notAfter'>

/** Where bytes and the time come from; left out, from the machine. */
export type Source = Pick<ProvisionOptions, 'now' | 'random'>

/**
 * Makes new certificates and secrets for `options`, and the configurations for both sides. Without `now` and `random` it takes those of
 * the machine; keys and salts come from the machine in any case. Takes about 0.2 s, most of it for one bcrypt hash.
 * @throws {PosternError} ERR_POSTERN_USAGE, ERR_POSTERN_LISTEN_ADDRESS or ERR_POSTERN_UPSTREAM_URL when an option cannot be used.
 */
export async function createPlan(options: ProvisionOptions = {}): Promise<Plan> {
  const endpoint = compileOptions(options)
  const { files, notAfter } = await createIdentity(endpoint, options)
  return {
    endpoint,
    files: [...files, { ...FILES.prometheus, content: renderPrometheus(endpoint) }, { ...FILES.policy, content: renderPolicy(endpoint) }],
    notAfter,
  }
}

/** Makes an authority, the gateway's certificate for `hosts`, and what proves the scraper. No kind of credential is fine. */
export async function createIdentity(
  { hosts, credentials }: Pick<GuardedEndpoint, 'credentials'> & { readonly hosts: readonly string[] },
  { now, random }: Source = {},
): Promise<Identity> {
  const source = { ...(now && { now }), ...(random && { random }) }
  const files: PlannedFile[] = []
  const add = (file: FolderFile, content: string): void => void files.push({ ...file, content })

  const authority = await issueAuthority(source)
  add(FILES.authorityKey, authority.key)
  add(FILES.authorityCertificate, authority.certificate)
  const server = await issueCertificate(authority, { kind: 'server', hosts, ...source })
  add(FILES.serverKey, server.key)
  add(FILES.serverCertificate, server.certificate)

  let client: Date | undefined
  for (const kind of credentials) {
    switch (kind) {
      case 'basic': {
        const password = await createPassword(SCRAPER, random)
        add(FILES.password, password.scraper)
        add(FILES.users, password.guard)
        break
      }
      case 'bearer': {
        const token = createToken(SCRAPER, random)
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

  return { files, notAfter: { authority: authority.notAfter, server: server.notAfter, ...(client && { client }) } }
}
