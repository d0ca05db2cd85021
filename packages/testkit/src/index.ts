/** What tests share: real servers, raw connections, certificates and files. Imported by tests alone. */

export * from './adapter-cases/index.ts'
export { ELSEWHERE, RIVALS, renderAdversarialPage, structureOf } from './adversarial-page.ts'
export { type CertificateRequest, issueCertificate, issueRevocationList, type Pair, type RevocationRequest } from './certificates.ts'
export { describeFault, type Fault, faultOf } from './fault.ts'
export { type TemporaryFolder, temporaryFolder } from './folder.ts'
export { basic, bearer } from './headers.ts'
export { generateSigningKey, type Issuer, type IssuerOptions, type SigningKey, signToken, startIssuer } from './issuer.ts'
export { type RunningServer, startServer } from './server.ts'
export { type ConnectOptions, connect, type RawResponse, requestText, type Wire } from './wire.ts'
