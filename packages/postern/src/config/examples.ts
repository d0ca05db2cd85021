/** One line for each key of a configuration, as a person would write it: what a fault shows instead of a page. */

const ROUTE = '{path: /metrics, upstream: "http://127.0.0.1:8080/metrics"}'
const CREDENTIAL = '{type: basic, users_file: secrets/users.htpasswd}'
const TOKEN = '{name: prometheus, sha256: DIGEST}'
const OF_DIGEST = ', where DIGEST is the output of: sha256sum FILE, and FILE has the token and no line end'

/** The values, by key; an item of a list is the key with [], and a key that means two things has the one above it before it. Each key of the schemas has one. */
const EXAMPLES: ReadonlyMap<string, string> = new Map([
  ['listen', '[localhost:9843]'],
  ['listen[]', 'localhost:9843'],
  ['socket_mode', '"0660"'],
  ['proxy_protocol', '{trusted: [10.0.0.2]}'],
  ['tls', '{cert_file: tls/server.crt, key_file: tls/server.key}'],
  ['cert_file', 'tls/server.crt'],
  ['key_file', 'tls/server.key'],
  ['min_version', 'TLS12'],
  ['routes', `[${ROUTE}]`],
  ['routes[]', ROUTE],
  ['path', '/metrics'],
  ['upstream', 'http://127.0.0.1:8080/metrics'],
  ['guard', `{credentials: [${CREDENTIAL}]}`],
  ['credentials', `[${CREDENTIAL}]`],
  ['credentials[]', CREDENTIAL],
  ['type', 'basic'],
  ['realm', 'metrics'],
  ['users_file', 'secrets/users.htpasswd'],
  ['users', '{prometheus: HASH}, where HASH is the output of: postern hash'],
  ['remember_seconds', '300'],
  ['tokens_file', 'secrets/tokens.yaml'],
  ['tokens', `[${TOKEN}]${OF_DIGEST}`],
  ['tokens[]', `${TOKEN}${OF_DIGEST}`],
  ['name', 'prometheus'],
  ['sha256', `DIGEST${OF_DIGEST}`],
  ['ca_file', 'tls/ca.crt'],
  ['names', '[prometheus]'],
  ['names[]', 'prometheus'],
  ['audiences', '[metrics]'],
  ['audiences[]', 'metrics'],
  ['server', 'https://kubernetes.default.svc'],
  ['token_file', '/var/run/secrets/kubernetes.io/serviceaccount/token'],
  ['remember_seconds', '60'],
  ['stale_seconds', '600'],
  ['authorize', '{kubernetes: {}}'],
  ['kubernetes', '{path: /metrics}'],
  ['resource_attributes', '{namespace: "{{ .Value }}", api_version: v1, resource: namespaces, subresource: metrics}'],
  ['rewrites', '{by_query_parameter: {name: namespace}}'],
  ['by_query_parameter', '{name: namespace}'],
  ['by_http_header', '{name: X-Namespace}'],
  ['namespace', '"{{ .Value }}"'],
  ['api_group', 'apps'],
  ['api_version', 'v1'],
  ['resource', 'namespaces'],
  ['subresource', 'metrics'],
  ['addresses', '{allow: [10.0.0.0/8]}'],
  ['allow', '[10.0.0.0/8]'],
  ['allow[]', '10.0.0.0/8'],
  ['deny', '[10.0.0.66]'],
  ['deny[]', '10.0.0.66'],
  ['limits', '{per_client: {requests: 60, per_seconds: 60}}'],
  ['per_client', '{requests: 60, per_seconds: 60}'],
  ['requests', '60'],
  ['per_seconds', '60'],
  ['burst', '60'],
  ['total', '{requests: 600, per_seconds: 60}'],
  ['in_flight', '{per_client: 4, total: 64}'],
  ['in_flight.per_client', '4'],
  ['in_flight.total', '64'],
  ['lockout', '{failures: 30, within_seconds: 300, for_seconds: 300}'],
  ['failures', '30'],
  ['within_seconds', '300'],
  ['for_seconds', '300'],
  ['store', '{url_file: secrets/redis.url}'],
  ['url', 'redis://127.0.0.1:6379/0'],
  ['url_file', 'secrets/redis.url'],
  ['prefix', '"postern:"'],
  ['timeout_milliseconds', '250'],
  ['unix_sockets', 'true'],
  ['proxies', '{trusted: [10.0.0.2]}'],
  ['trusted', '[10.0.0.2]'],
  ['trusted[]', '10.0.0.2'],
  ['header', 'x-forwarded-for'],
  ['allow_unauthenticated', 'false'],
  ['allow_plaintext', 'false'],
])

/** `listen: [localhost:9843]`, or the value alone for an item of a list; undefined for what has no name, as a whole file. */
export function exampleOf(path: readonly (string | number)[]): string | undefined {
  const last = path.at(-1)
  if (typeof last === 'number') return EXAMPLES.get(`${String(path.at(-2))}[]`)
  const value = last === undefined ? undefined : (EXAMPLES.get(`${String(path.at(-2))}.${last}`) ?? EXAMPLES.get(last))
  return value === undefined ? undefined : `${last}: ${value}`
}
