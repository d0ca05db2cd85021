/** A folder with everything a policy may name, good and bad, and the policy of a test among it. */
import { createPrivateKey } from 'node:crypto'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TemporaryFolder, temporaryFolder } from '@postern/testkit'
import { type IssuedCertificate, issueAuthority, issueCertificate } from '../../src/provision/certificates.ts'

/** bcrypt, cost 4, of `s3cret`. */
export const HASH = '$2b$04$b1Hu3.tx6q3Ty3a6Wtd5tugwHRq97zAgHu6GAeisbRJwhdDDDXcpC'
/** A token's digest: nothing that a message may hold. */
export const DIGEST = 'c0ffee00'.repeat(8)

export interface PolicyFolder extends TemporaryFolder {
  /** Signed server.crt; its certificate is ca.crt. */
  readonly authority: IssuedCertificate
  /** Writes the policy and answers its path. */
  policy(content: string | Uint8Array): string
}

/** Made once for each file of tests: keys cost time. */
let issued: ReturnType<typeof issue> | undefined

async function issue() {
  const authority = await issueAuthority()
  const server = await issueCertificate(authority, { kind: 'server', hosts: ['localhost', '127.0.0.1'] })
  const other = await issueCertificate(authority, { kind: 'server', hosts: ['localhost'] })
  return { authority, server, other }
}

export async function policyFolder(): Promise<PolicyFolder> {
  const folder = await temporaryFolder()
  const put = (name: string, content: string, mode = 0o600): void => {
    writeFileSync(join(folder.path, name), content, { mode })
    // The mask of the process takes bits away when a file is made.
    chmodSync(join(folder.path, name), mode)
  }
  const { authority, server, other } = await (issued ??= issue())
  put('ca.crt', authority.certificate)
  put('server.crt', server.certificate)
  put('server.key', server.key)
  put('open.key', server.key, 0o644)
  put('other.key', other.key)
  put(
    'encrypted.key',
    createPrivateKey(server.key).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString(),
  )
  put('empty.pem', '')
  put('users', `# scrapers\nprometheus:${HASH}\n`)
  put('users.open', `prometheus:${HASH}\n`, 0o644)
  put('users.empty', '\n')
  put('users.bad', `# scrapers\nprometheus:${HASH}\nold:$apr1$canary$canarycanary\n`)
  put('users.torn', `prometheus:${HASH.slice(0, 40)}\n`)
  put('tokens.yaml', `tokens:\n  - {name: prometheus, sha256: ${DIGEST}}\n`)
  put('tokens-unknown.yaml', `tokens:\n  - name: prometheus\n    sha257: ${DIGEST}\n`)
  put('tokens-short.yaml', `tokens:\n  - name: prometheus\n    sha256: ${DIGEST.slice(0, 60)}\n`)
  put('tokens-none.yaml', 'tokens: []\n')
  mkdirSync(join(folder.path, 'folder'))
  symlinkSync('round', join(folder.path, 'round'))
  return {
    ...folder,
    authority,
    policy(content) {
      const file = join(folder.path, 'postern.yaml')
      writeFileSync(file, content)
      return file
    },
  }
}
