/** `authorize` of a rule as a policy writes it, and its compilation: what Kubernetes says that a principal may do. */
import type { Authorizer } from '../authorizer.ts'
import type { CompilerEnvironment } from '../credentials/compiled.ts'
import { policyError, withPath } from '../errors.ts'
import { refuseUnknownKeys } from '../options/known-keys.ts'
import { reviewAccess, specOf } from './access-review.ts'
import { API_SERVER_KEYS, type ApiServerOptions, compileApiServer } from './api-server.ts'
import { ATTRIBUTES_KEYS, type AttributesOptions, compileAttributes } from './attributes.ts'
import { tellChanges } from './changes.ts'
import { createReviews } from './reviews.ts'
import { compileLife, LIFE_KEYS, type LifeOptions } from './seconds.ts'

export interface AuthorizeOptions {
  /** A SubjectAccessReview for the principal, of whatever credential: `{}` asks for the path and method of the request. */
  readonly kubernetes: KubernetesAuthorizeOptions
}

/** `rememberSeconds` is how long an allowance counts: default 300. A denial counts for 30. */
export interface KubernetesAuthorizeOptions extends ApiServerOptions, AttributesOptions, LifeOptions {}

/** As controller-runtime remembers an allowance. */
const REMEMBER_SECONDS = 300

/** @throws {PosternError} for the first fault: ERR_POSTERN_POLICY or those of `compileApiServer` */
export function compileAuthorize(options: AuthorizeOptions | undefined, environment: CompilerEnvironment): Authorizer | undefined {
  if (options === undefined) return undefined
  refuseUnknownKeys(options, ['kubernetes'])
  if (typeof options.kubernetes !== 'object' || options.kubernetes === null) {
    throw policyError('ERR_POSTERN_POLICY', 'this does not say whom to ask', {
      fix: 'Write { kubernetes: {} }, or leave authorize out.',
    })
  }
  return withPath(['kubernetes'], () => compileKubernetes(options.kubernetes, environment))
}

function compileKubernetes(options: KubernetesAuthorizeOptions, environment: CompilerEnvironment): Authorizer {
  refuseUnknownKeys(options, [...ATTRIBUTES_KEYS, ...API_SERVER_KEYS, ...LIFE_KEYS])
  const attributesOf = compileAttributes(options)
  const life = compileLife(options, REMEMBER_SECONDS)
  const { client, key, url } = compileApiServer(options, environment)
  const reviews = environment.keep(JSON.stringify(['access reviews', ...key, life]), () =>
    createReviews<true>({
      ...life,
      key: environment.randomBytes(32),
      elapsed: environment.elapsed,
      onChange: tellChanges('kubernetes', 'SubjectAccessReview', url, environment.tell),
    }),
  )
  return {
    async check(principal, facts) {
      const asked = attributesOf(facts)
      if (asked === undefined) return 'malformed'
      const verdicts = await Promise.all(
        asked.map(async (attributes) => {
          const spec = specOf(principal, attributes)
          return reviews.check(JSON.stringify(spec), (deadline) => reviewAccess(client, spec, deadline))
        }),
      )
      if (verdicts.some(({ state }) => state === 'refused')) return 'denied'
      return verdicts.every(({ state }) => state === 'granted') ? 'allowed' : 'unavailable'
    },
  }
}
