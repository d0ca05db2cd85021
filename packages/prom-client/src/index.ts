/** prom-client for those who install this package under that name: `"prom-client": "npm:@postern/prom-client@…"`. docs/adr/0009 says why it is one. */
export * from '@postern/metrics/prom-client'
// A star leaves the default out, and a named `require` answer is taken along by it.
export { default } from '@postern/metrics/prom-client'
