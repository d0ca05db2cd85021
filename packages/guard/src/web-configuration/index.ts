/** The exporters' web configuration file, unchanged: read, and compiled to a guard and a listener. */
export { readWebConfiguration, type WebConfiguration, type WebTlsConfiguration } from './read.ts'
