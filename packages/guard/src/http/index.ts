/** The guard's own pieces for node:http, for a server that does more than serve one exposition: the gateway is one. */
export { type Admission, type AdmittedHandler, admit, guardHandler } from './admit.ts'
export { createExpositionHandler, type ExpositionHandler, type ExpositionOptions } from './exposition-handler.ts'
export { closeServer, listen, SERVER_DEFAULTS } from './lifecycle.ts'
export { endAfterBody, type Status, writeDenial, writeStatus } from './status.ts'
