/** The subpath `postern/provision`: certificates, secrets and configuration of a guarded endpoint, made by a program. */
export type { CredentialKind } from '@postern/guard'
export type { ListenAddress } from '../config/listen-address.ts'
export { CREDENTIAL_KINDS, FILES, type FolderFile, type GuardedEndpoint } from '../generate/model.ts'
export {
  CERTIFICATE_DEFAULTS,
  type CertificateRequest,
  type IssuedCertificate,
  type IssueOptions,
  issueAuthority,
  issueCertificate,
} from './certificates.ts'
export { describeNextSteps, type NextSteps, shellWord, showPath } from './next-steps.ts'
export { compileOptions, DEFAULTS, type ProvisionOptions, parseCredentialKinds, type RandomBytes } from './options.ts'
export { type CertificateEnds, createPlan, type Plan, type PlannedFile } from './plan.ts'
export { type ProvisionResult, provision, type Unchanged, type Written } from './provision.ts'
export { createPassword, createToken, type SecretHalves } from './secrets.ts'
export { writeFileWhole } from './write.ts'
