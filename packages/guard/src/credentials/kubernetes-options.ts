/** Tokens that a Kubernetes API server vouches for, as a policy writes them, and their compilation. */
import type { Principal } from '../decision.ts'
import { policyError } from '../errors.ts'
import { API_SERVER_KEYS, type ApiServerOptions, compileApiServer } from '../kubernetes/api-server.ts'
import { tellChanges } from '../kubernetes/changes.ts'
import { createReviews } from '../kubernetes/reviews.ts'
import { compileLife, LIFE_KEYS, type LifeOptions } from '../kubernetes/seconds.ts'
import { createTokenReviewer } from '../kubernetes/token-review.ts'
import { refuseUnknownKeys } from '../options/known-keys.ts'
import { compileName } from '../options/part-name.ts'
import type { CompiledCredential, CompilerEnvironment } from './compiled.ts'
import { createKubernetesCredential } from './kubernetes.ts'
import { compileRealm } from './realm.ts'

/** `rememberSeconds` is how long a token that was good is not asked for again: default 60, and never beyond the token's own end. */
export interface KubernetesOptions extends ApiServerOptions, LifeOptions {
  readonly type: 'kubernetes'
  /** What rules call it, and events. Default: its type. */
  readonly name?: string
  /** As in `BasicOptions`. */
  readonly realm?: string
  /**
   * Whom a token must be meant for, any one of these: the name of this endpoint, say. `'api-server'` takes tokens meant for the API
   * server itself, which whoever reads them here can use there in their owner's name.
   */
  readonly audiences: readonly string[] | 'api-server'
}

/** As controller-runtime remembers a token. */
const REMEMBER_SECONDS = 60

/** @throws {PosternError} for the first fault: ERR_POSTERN_POLICY or those of `compileApiServer` */
export function compileKubernetes(options: KubernetesOptions, environment: CompilerEnvironment): CompiledCredential {
  refuseUnknownKeys(options, ['type', 'name', 'realm', 'audiences', ...API_SERVER_KEYS, ...LIFE_KEYS])
  const name = compileName(options.name, 'credential', options.type)
  const realm = compileRealm(options.realm)
  const audiences = compileAudiences(options.audiences)
  const life = compileLife(options, REMEMBER_SECONDS)
  const { client, key, url } = compileApiServer(options, environment)
  const reviews = environment.keep(JSON.stringify(['token reviews', ...key, name, options.audiences, life]), () =>
    createReviews<Principal>({
      ...life,
      key: environment.randomBytes(32),
      elapsed: environment.elapsed,
      onChange: tellChanges(name, 'TokenReview', url, environment.tell),
    }),
  )
  const review = createTokenReviewer({ client, audiences, now: environment.now })
  return { credential: createKubernetesCredential({ name, realm, reviews, review }), clientAuthorities: [], warnings: [] }
}

function compileAudiences(audiences: KubernetesOptions['audiences']): readonly string[] | undefined {
  if (audiences === 'api-server') return undefined
  if (Array.isArray(audiences) && audiences.length > 0 && audiences.every((audience) => typeof audience === 'string' && audience !== ''))
    return audiences
  throw policyError('ERR_POSTERN_POLICY', 'this credential does not say for whom its tokens are meant', {
    path: ['audiences'],
    fix: "List an audience that you give to scrapers' tokens, like metrics; or write 'api-server' for tokens that are good there too.",
  })
}
