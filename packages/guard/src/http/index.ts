/** The guard's own pieces for node:http, for a server that does more than serve one exposition: the gateway is one. */

export type { TrustedPeers } from '../net/trusted-peers.ts'
export { type Admission, type AdmittedHandler, admit, guardHandler } from './admit.ts'
export { createExpositionHandler, type ExpositionHandler, type ExpositionOptions } from './exposition-handler.ts'
export { closeServer, listen, listenOnSocket, SERVER_DEFAULTS, SOCKET_MODE } from './lifecycle.ts'
export { compileProxyProtocol, expectProxyHeader, type ProxyProtocolOptions } from './proxy-protocol.ts'
export { endAfterBody, type Status, writeDenial, writeStatus } from './status.ts'
