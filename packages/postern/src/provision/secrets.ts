/** The secrets of the scraper, and what the guard keeps of them: a bcrypt hash and a SHA-256 digest. */
import { createHash, randomBytes } from 'node:crypto'
import { hashPassword } from '@postern/guard'
import { yamlScalar } from '../generate/yaml-text.ts'
import type { RandomBytes } from './options.ts'

/** The same secret for its two keepers. The scraper's half ends without a line feed: not every reader of such files trims it. */
export interface SecretHalves {
  readonly scraper: string
  readonly guard: string
}

const SECRET_BYTES = 32

/** A password of 256 random bits, and a line of htpasswd with its hash. */
export async function createPassword(user: string, random: RandomBytes = randomBytes): Promise<SecretHalves> {
  const password = createSecret(random)
  return { scraper: password, guard: `${user}:${await hashPassword(password)}\n` }
}

/** A token of 256 random bits, and a file of tokens that lists it. The prefix lets scanners of leaked secrets know it. */
export function createToken(name: string, random: RandomBytes = randomBytes): SecretHalves {
  const token = `pst_${createSecret(random)}`
  const digest = createHash('sha256').update(token).digest('hex')
  return {
    scraper: token,
    guard: `# Who may use a bearer token: SHA-256 digests of random tokens, never the tokens. A digest is made by
#   printf %s "$(cat prometheus.token.1)" | sha256sum
tokens:
  - name: ${yamlScalar(name)}
    sha256: ${yamlScalar(digest)}
`,
  }
}

function createSecret(random: RandomBytes): string {
  return Buffer.from(random(SECRET_BYTES)).toString('base64url')
}
