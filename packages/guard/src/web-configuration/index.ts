/** The exporters' web configuration file, unchanged: read, and in force as a guard and a TLS world. */
export { openWebConfiguration, type WebEndpoint, type WebEndpointSettings } from './open.ts'
export { readWebConfiguration, type WebConfiguration, type WebTlsConfiguration } from './read.ts'
