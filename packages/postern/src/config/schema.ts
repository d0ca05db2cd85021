/** The shape of postern.yaml: which keys there are and of which type. What they mean is judged by whoever compiles them. */
import { z } from 'zod'

/** A mapping that knows no other keys, and says which ones it knows. */
function mapping<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys')
        return `${JSON.stringify(issue.keys[0])} is not a key here; there are ${Object.keys(shape).join(', ')}`
      return issue.code === 'invalid_type' ? `a mapping is wanted here, with the keys ${Object.keys(shape).join(', ')}` : undefined
    },
  })
}

const text = z
  .string({ error: (issue) => (issue.input === undefined ? 'this key is missing' : 'a text is wanted here; put it in quotes') })
  .min(1, 'this text is empty')
const truth = z.boolean({ error: 'true or false is wanted here' })
const texts = z.array(text, { error: 'a list of texts is wanted here' })

const basic = mapping({
  type: z.literal('basic'),
  realm: text.optional(),
  users_file: text.optional(),
  users: z
    .record(text, z.union([text, texts], { error: 'a bcrypt hash or a list of them is wanted here' }), {
      error: 'a mapping of users to hashes is wanted here',
    })
    .optional(),
})

const token = mapping({ name: text, sha256: text })

const bearer = mapping({
  type: z.literal('bearer'),
  realm: text.optional(),
  tokens_file: text.optional(),
  tokens: z.array(token, { error: 'a list of tokens is wanted here' }).optional(),
})

const clientCertificate = mapping({ type: z.literal('client-certificate'), ca_file: text, names: texts })

const credential = z.discriminatedUnion('type', [basic, bearer, clientCertificate], {
  error: (issue) => {
    const type: unknown = typeof issue.input === 'object' && issue.input !== null && 'type' in issue.input ? issue.input.type : undefined
    return typeof type === 'string'
      ? `${JSON.stringify(type)} is not a type of credential; there are basic, bearer and client-certificate`
      : 'a credential is wanted here: a mapping with type basic, bearer or client-certificate'
  },
})

export const policySchema = mapping({
  listen: z
    .array(text, {
      error: (issue) => (issue.input === undefined ? 'this key is missing' : 'a list of addresses is wanted here, like - localhost:9843'),
    })
    .min(1, 'this list is empty'),
  tls: mapping({
    cert_file: text,
    key_file: text,
    min_version: z.enum(['TLS12', 'TLS13'], { error: 'TLS12 or TLS13 is wanted here' }).optional(),
  }).optional(),
  routes: z
    .array(mapping({ path: text, upstream: text }), {
      error: (issue) => (issue.input === undefined ? 'this key is missing' : 'a list of routes is wanted here'),
    })
    .min(1, 'this list is empty'),
  guard: mapping({
    credentials: z.union([z.literal('none'), z.array(credential)], { error: "a list of credentials is wanted here, or the word 'none'" }),
    addresses: mapping({ allow: texts.optional(), deny: texts.optional() }).optional(),
  }),
  allow_unauthenticated: truth.optional(),
  allow_plaintext: truth.optional(),
})

export type PolicyFile = z.infer<typeof policySchema>

export const tokensSchema = mapping({ tokens: z.array(token, { error: 'a list of tokens is wanted here' }) })

export type TokensFile = z.infer<typeof tokensSchema>
