/**
 * The shape of postern.yaml: which keys there are and of which type. What they mean is judged by whoever compiles them.
 * The message of a type is what is wanted ("a list of texts"), that of an unknown key the known ones; ./faults.ts makes sentences of them.
 */
import { z } from 'zod'

/** A mapping that knows no other keys, and says which ones it knows. */
function mapping<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const keys = Object.keys(shape).join(', ')
  return z.strictObject(shape, { error: ({ code }) => (code === 'unrecognized_keys' ? keys : `a mapping with the keys ${keys}`) })
}

const text = z.string({ error: 'a text' }).min(1)
const truth = z.boolean({ error: 'true or false' })
const texts = z.array(text, { error: 'a list of texts' })
const seconds = z.number({ error: 'a number of seconds' })

const basic = mapping({
  type: z.literal('basic'),
  name: text.optional(),
  realm: text.optional(),
  users_file: text.optional(),
  users: z
    .record(text, z.union([text, texts], { error: 'a password hash or a list of them' }), {
      error: 'a mapping of users to hashes',
    })
    .optional(),
  remember_seconds: z.number({ error: 'a number of seconds' }).optional(),
})

const addresses = mapping({ allow: texts.optional(), deny: texts.optional(), unix_sockets: truth.optional() })

const token = mapping({
  name: text,
  sha256: text,
  groups: texts.optional(),
  not_before: text.optional(),
  expires: text.optional(),
  addresses: addresses.optional(),
  rules: texts.optional(),
})

const bearer = mapping({
  type: z.literal('bearer'),
  name: text.optional(),
  realm: text.optional(),
  tokens_file: text.optional(),
  tokens: z.array(token, { error: 'a list of tokens' }).optional(),
})

const jwt = mapping({
  type: z.literal('jwt'),
  name: text.optional(),
  realm: text.optional(),
  issuer: text,
  audience: z.union([text, texts], { error: 'a text or a list of texts' }),
  algorithms: texts.optional(),
  jwks_file: text.optional(),
  jwks_url: text.optional(),
  discovery: truth.optional(),
  ca_file: text.optional(),
  keep_seconds: seconds.optional(),
  principal_claim: text.optional(),
  groups_claim: text.optional(),
  required_claims: z
    .record(text, z.union([z.string(), z.number(), z.boolean()], { error: 'a text, a number, true or false' }), {
      error: 'a mapping of claims to values',
    })
    .optional(),
  token_type: text.optional(),
  clock_tolerance_seconds: seconds.optional(),
  max_lifetime_seconds: seconds.optional(),
  max_token_bytes: z.number({ error: 'a number of bytes' }).optional(),
})

const files = z.union([text, texts], { error: 'a file or a list of files' })

const clientCertificate = mapping({
  type: z.literal('client-certificate'),
  name: text.optional(),
  ca_file: files,
  names: z.union([z.literal('any'), texts], { error: 'a list of texts or the word any' }),
  principal: z.enum(['name', 'cn'], { error: 'name or cn' }).optional(),
  crl_file: files.optional(),
  expired_crl: z.enum(['refuse', 'warn'], { error: 'refuse or warn' }).optional(),
})

/** Where a Kubernetes API server is, and how long what it says is believed. */
const apiServer = {
  server: text.optional(),
  ca_file: text.optional(),
  token_file: text.optional(),
  remember_seconds: seconds.optional(),
  stale_seconds: seconds.optional(),
}

const kubernetes = mapping({
  type: z.literal('kubernetes'),
  name: text.optional(),
  realm: text.optional(),
  audiences: z.union([z.literal('api-server'), texts], { error: 'a list of audiences or the word api-server' }),
  ...apiServer,
})

const credential = z.discriminatedUnion('type', [basic, bearer, jwt, clientCertificate, kubernetes], {
  error: ({ code }) => (code === 'invalid_union' ? 'a type of credential' : 'a mapping with a type of credential'),
})

const proxies = mapping({
  trusted: texts,
  header: z.enum(['x-forwarded-for', 'forwarded'], { error: 'x-forwarded-for or forwarded' }).optional(),
})

const principal = z.union([text, mapping({ name: text.optional(), group: text.optional(), credential: text.optional() })], {
  error: 'a name or a mapping with name, group or credential',
})

/** As in kube-rbac-proxy, but for the spelling of keys. An empty text means all. */
const attribute = z.string({ error: 'a text' }).optional()
const resourceAttributes = mapping({
  namespace: attribute,
  api_group: attribute,
  api_version: attribute,
  resource: attribute,
  subresource: attribute,
  name: attribute,
})

const named = mapping({ name: text })

const authorize = mapping({
  kubernetes: mapping({
    path: text.optional(),
    resource_attributes: resourceAttributes.optional(),
    rewrites: mapping({ by_query_parameter: named.optional(), by_http_header: named.optional() }).optional(),
    ...apiServer,
  }),
})

const rule = mapping({
  name: text.optional(),
  paths: texts.optional(),
  methods: texts.optional(),
  addresses: addresses.optional(),
  credentials: z
    .union([z.literal('none'), texts, mapping({ all_of: texts })], {
      error: 'a list of names of credentials, a mapping with all_of, or the word none',
    })
    .optional(),
  principals: z.array(principal, { error: 'a list of principals' }).optional(),
  authorize: authorize.optional(),
  view: text.optional(),
})

const tlsVersion = z.enum(['TLS12', 'TLS13'], { error: 'TLS12 or TLS13' })
const count = z.number({ error: 'a number' })

const rate = mapping({ requests: count, per_seconds: count, burst: count.optional() })

const lockout = mapping({ failures: count.optional(), within_seconds: count.optional(), for_seconds: count.optional() })

const limits = mapping({
  per_client: rate.optional(),
  total: rate.optional(),
  in_flight: mapping({ per_client: count.optional(), total: count.optional() }).optional(),
  lockout: z.union([z.literal(false), lockout], { error: 'a mapping with failures, within_seconds and for_seconds, or false' }).optional(),
  store: mapping({
    url: text.optional(),
    url_file: text.optional(),
    prefix: text.optional(),
    timeout_milliseconds: count.optional(),
  }).optional(),
})

const lists = mapping({ allow: texts.optional(), deny: texts.optional() })

const view = mapping({
  name: text,
  families: lists.optional(),
  series: lists.optional(),
  labels: mapping({
    drop: texts.optional(),
    replace: z.record(text, z.string({ error: 'a text' }), { error: 'a mapping of labels to values' }).optional(),
    hash: texts.optional(),
    hash_key: text.optional(),
    hash_key_file: text.optional(),
  }).optional(),
  redact: mapping({
    patterns: z.union([z.literal('secrets'), z.array(z.union([text, mapping({ name: text, expression: text })]))], {
      error: 'the word secrets, or a list of kinds and of mappings with name and expression',
    }),
    mode: z.enum(['redact', 'report'], { error: 'redact or report' }),
  }).optional(),
})

export const policySchema = mapping({
  listen: z.array(text, { error: 'a list of addresses' }).min(1),
  socket_mode: text.optional(),
  proxy_protocol: mapping({ trusted: texts }).optional(),
  tls: mapping({
    cert_file: text.optional(),
    key_file: text.optional(),
    certificates: z.array(mapping({ cert_file: text, key_file: text }), { error: 'a list of certificates' }).optional(),
    min_version: tlsVersion.optional(),
    max_version: tlsVersion.optional(),
    cipher_suites: texts.optional(),
    curves: texts.optional(),
    prefer_server_cipher_suites: truth.optional(),
  }).optional(),
  routes: z.array(mapping({ path: text, upstream: text }), { error: 'a list of routes' }).min(1),
  web_config_file: text.optional(),
  guard: mapping({
    credentials: z.union([z.literal('none'), z.array(credential)], { error: 'a list of credentials or the word none' }),
    addresses: addresses.optional(),
    proxies: proxies.optional(),
    rules: z.array(rule, { error: 'a list of rules' }).optional(),
    views: z.array(view, { error: 'a list of views' }).optional(),
    limits: limits.optional(),
    response_headers: z.record(text, text, { error: 'a mapping of headers to values' }).optional(),
  }).optional(),
  allow_unauthenticated: truth.optional(),
  allow_plaintext: truth.optional(),
})

export type PolicyFile = z.infer<typeof policySchema>

export const tokensSchema = mapping({ tokens: z.array(token, { error: 'a list of tokens' }) })

export type TokensFile = z.infer<typeof tokensSchema>
