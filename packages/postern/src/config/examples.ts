/** One line for each key of a configuration, as a person would write it: what a fault shows instead of a page. */

const ROUTE = '{path: /metrics, upstream: "http://127.0.0.1:8080/metrics"}'
const CREDENTIAL = '{type: basic, users_file: secrets/users.htpasswd}'
const TOKEN = '{name: prometheus, sha256: DIGEST}'
const OF_DIGEST = ', where DIGEST is the output of: sha256sum FILE, and FILE has the token and no line end'

/** The values, by key; an item of a list is the key with []. Each key of the schemas has one. */
const EXAMPLES: ReadonlyMap<string, string> = new Map([
  ['listen', '[localhost:9843]'],
  ['listen[]', 'localhost:9843'],
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
  ['tokens_file', 'secrets/tokens.yaml'],
  ['tokens', `[${TOKEN}]${OF_DIGEST}`],
  ['tokens[]', `${TOKEN}${OF_DIGEST}`],
  ['name', 'prometheus'],
  ['sha256', `DIGEST${OF_DIGEST}`],
  ['groups', '[ops]'],
  ['groups[]', 'ops'],
  ['not_before', '2030-01-01T00:00:00Z'],
  ['expires', '2030-12-31T23:59:59Z'],
  ['issuer', 'https://issuer.example'],
  ['audience', 'metrics'],
  ['audience[]', 'metrics'],
  ['algorithms', '[RS256]'],
  ['algorithms[]', 'RS256'],
  ['jwks_file', 'secrets/jwks.json'],
  ['jwks_url', 'https://issuer.example/jwks'],
  ['discovery', 'true'],
  ['keep_seconds', '86400'],
  ['principal_claim', 'sub'],
  ['groups_claim', 'groups'],
  ['required_claims', '{environment: production}'],
  ['token_type', 'at+jwt'],
  ['clock_tolerance_seconds', '30'],
  ['max_lifetime_seconds', '3600'],
  ['max_token_bytes', '8192'],
  ['ca_file', 'tls/ca.crt'],
  ['names', '[prometheus]'],
  ['names[]', 'prometheus'],
  ['addresses', '{allow: [10.0.0.0/8]}'],
  ['allow', '[10.0.0.0/8]'],
  ['allow[]', '10.0.0.0/8'],
  ['deny', '[10.0.0.66]'],
  ['deny[]', '10.0.0.66'],
  ['allow_unauthenticated', 'false'],
  ['allow_plaintext', 'false'],
])

/** `listen: [localhost:9843]`, or the value alone for an item of a list; undefined for what has no name, as a whole file. */
export function exampleOf(path: readonly (string | number)[]): string | undefined {
  const last = path.at(-1)
  if (typeof last === 'number') return EXAMPLES.get(`${String(path.at(-2))}[]`)
  const value = last === undefined ? undefined : EXAMPLES.get(last)
  return value === undefined ? undefined : `${last}: ${value}`
}
