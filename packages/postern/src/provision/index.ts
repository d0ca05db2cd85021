/** Certificates, secrets and configuration of a guarded endpoint, made in a folder. */
export { FILES } from '../generate/model.ts'
export { readTargets } from './existing.ts'
export { describeNextSteps } from './next-steps.ts'
export { parseCredentialKinds } from './options.ts'
export { type ProvisionResult, provision, type Renewed, type Unchanged, type Written } from './provision.ts'
