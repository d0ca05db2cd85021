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

const basic = mapping({
  type: z.literal('basic'),
  name: text.optional(),
  realm: text.optional(),
  users_file: text.optional(),
  users: z
    .record(text, z.union([text, texts], { error: 'a bcrypt hash or a list of them' }), {
      error: 'a mapping of users to hashes',
    })
    .optional(),
})

const addresses = mapping({ allow: texts.optional(), deny: texts.optional() })

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

const number = z.number({ error: 'a number' })

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
  keep_seconds: number.optional(),
  principal_claim: text.optional(),
  groups_claim: text.optional(),
  required_claims: z
    .record(text, z.union([z.string(), z.number(), z.boolean()], { error: 'a text, a number, true or false' }), {
      error: 'a mapping of claims to values',
    })
    .optional(),
  token_type: text.optional(),
  clock_tolerance_seconds: number.optional(),
  max_lifetime_seconds: number.optional(),
  max_token_bytes: number.optional(),
})

const clientCertificate = mapping({ type: z.literal('client-certificate'), name: text.optional(), ca_file: text, names: texts })

const credential = z.discriminatedUnion('type', [basic, bearer, jwt, clientCertificate], {
  error: ({ code }) => (code === 'invalid_union' ? 'a type of credential' : 'a mapping with a type of credential'),
})

const principal = z.union([text, mapping({ name: text.optional(), group: text.optional(), credential: text.optional() })], {
  error: 'a name or a mapping with name, group or credential',
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
})

export const policySchema = mapping({
  listen: z.array(text, { error: 'a list of addresses' }).min(1),
  tls: mapping({
    cert_file: text,
    key_file: text,
    min_version: z.enum(['TLS12', 'TLS13'], { error: 'TLS12 or TLS13' }).optional(),
  }).optional(),
  routes: z.array(mapping({ path: text, upstream: text }), { error: 'a list of routes' }).min(1),
  guard: mapping({
    credentials: z.union([z.literal('none'), z.array(credential)], { error: 'a list of credentials or the word none' }),
    addresses: addresses.optional(),
    rules: z.array(rule, { error: 'a list of rules' }).optional(),
  }),
  allow_unauthenticated: truth.optional(),
  allow_plaintext: truth.optional(),
})

export type PolicyFile = z.infer<typeof policySchema>

export const tokensSchema = mapping({ tokens: z.array(token, { error: 'a list of tokens' }) })

export type TokensFile = z.infer<typeof tokensSchema>
