/** One credential of a policy, from what was written to what checks: each kind has its own compiler. */
import { policyError } from '../errors.ts'
import { compileBasic } from './basic-options.ts'
import { compileBearer } from './bearer-options.ts'
import { compileClientCertificate } from './client-certificate-options.ts'
import type { CompiledCredential, CompilerEnvironment } from './compiled.ts'
import { compileJwt } from './jwt-options.ts'
import { compileKubernetes } from './kubernetes-options.ts'
import type { CredentialOptions } from './options.ts'

export function compileCredential(options: CredentialOptions, environment: CompilerEnvironment): CompiledCredential {
  switch (options.type) {
    case 'basic':
      return compileBasic(options, environment)
    case 'bearer':
      return compileBearer(options, environment)
    case 'jwt':
      return compileJwt(options, environment)
    case 'client-certificate':
      return compileClientCertificate(options, environment)
    case 'kubernetes':
      return compileKubernetes(options, environment)
    default:
      throw policyError('ERR_POSTERN_POLICY', `"${String((options as { type?: unknown }).type)}" is not a type of credential`, {
        path: ['type'],
        fix: 'Write basic, bearer, jwt, client-certificate or kubernetes.',
      })
  }
}
