/** The guard: who may read a metrics endpoint. Adapters and the one-call server are subpaths. */

export type { AddressOptions } from './clients/addresses.ts'
export type { ProxyOptions } from './clients/proxies.ts'
export type { BasicOptions } from './credentials/basic-options.ts'
export type { BearerOptions } from './credentials/bearer-options.ts'
export type { ClientCertificateOptions } from './credentials/client-certificate-options.ts'
export type { CompilerEnvironment } from './credentials/compiled.ts'
export type { ClaimValue } from './credentials/jwt.ts'
export type { JwtKeyOptions } from './credentials/jwt-key-options.ts'
export type { JwtOptions } from './credentials/jwt-options.ts'
export type { KubernetesOptions } from './credentials/kubernetes-options.ts'
export type { CredentialOptions } from './credentials/options.ts'
export type { TokenDigest, TokenOptions, TokenTerms, TokenText } from './credentials/token-options.ts'
export type { Allow, CredentialKind, Decision, Deny, Principal, Reason } from './decision.ts'
export { REASONS } from './decision.ts'
export type { CodeRow, GuardErrorCode, PosternErrorInit, SourcePlace } from './errors.ts'
export { CODES, faultText, formatPath, PosternError, withPath } from './errors.ts'
export type { AuthorityEvent, DecisionEvent, FaultEvent, GuardEvent, LimitsEvent, ReloadEvent, ViewEvent, WarningEvent } from './events.ts'
export type {
  ExpositionSource,
  FixedRegistry,
  NegotiatingRegistry,
  Rendered,
  RenderFunction,
  RenderRequest,
  ServingRegistry,
} from './exposition.ts'
export { checkExposure, type Exposure, isLoopbackHost } from './exposure.ts'
export { createGuard, type Guard, type GuardEnvironment, type GuardSettings, type GuardTlsOptions } from './guard.ts'
export { hashPassword } from './hashes/bcrypt.ts'
export type { Algorithm } from './keys/algorithms.ts'
export type { AuthorizeOptions, KubernetesAuthorizeOptions } from './kubernetes/authorize-options.ts'
export type { LimitOptions, LockoutOptions, RateOptions } from './limit-options.ts'
export type { Address } from './net/address.ts'
export { formatAddress, isLoopback, parseAddress } from './net/address.ts'
export type { GuardOptions } from './policy/policy.ts'
export type { PrincipalOptions, RuleOptions } from './policy/rules.ts'
export type { StoreOptions } from './policy/store-options.ts'
export type { ClientCertificate, RequestFacts } from './request.ts'
export { parseTarget, type Target } from './target.ts'
export type { NameLists, ViewOptions } from './views/compile.ts'
export type { Suspect, ViewCounts } from './views/counts.ts'
export { ViewFault } from './views/filter.ts'
export type { LabelOptions } from './views/labels.ts'
export type { RedactOptions, SecretKind } from './views/secrets.ts'
export type { View, ViewFilter } from './views/view.ts'
