/** The credentials of a policy as the user writes them: one shape for each kind, told apart by `type`. */
import type { BasicOptions } from './basic-options.ts'
import type { BearerOptions } from './bearer-options.ts'
import type { ClientCertificateOptions } from './client-certificate-options.ts'
import type { JwtOptions } from './jwt-options.ts'
import type { KubernetesOptions } from './kubernetes-options.ts'

export type CredentialOptions = BasicOptions | BearerOptions | ClientCertificateOptions | KubernetesOptions | JwtOptions
