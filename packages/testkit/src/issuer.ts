/**
 * An issuer of tokens: discovery, JWK set and a token endpoint for client credentials, over https, with keys and signatures made by
 * jose. It can be told to misbehave.
 */
import { once } from 'node:events'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose'
import { issueCertificate } from './certificates.ts'
import { startServer } from './server.ts'

/** A pair of keys with the id under which the set names the public one. */
export interface SigningKey {
  readonly kid: string
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

export async function generateSigningKey(kid: string, alg = 'RS256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

/** Signs claims as they are: nothing is added. */
export function signToken(key: SigningKey, claims: JWTPayload, header: Partial<JWTHeaderParameters> = {}): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: key.alg, kid: key.kid, ...header }).sign(key.privateKey)
}

export interface Issuer extends AsyncDisposable {
  /** Its name, which is its URL. */
  readonly url: string
  /** PEM of the authority that its certificate is of. */
  readonly ca: string
  /** What the JWK set names, in order; tests change it. */
  readonly keys: SigningKey[]
  /** Paths asked for, in order. */
  readonly asked: string[]
  /** Signs with the first key; `iss`, `sub`, `aud`, `iat` and `exp` are filled in where `claims` leaves them out. */
  sign(claims?: JWTPayload, header?: Partial<JWTHeaderParameters>): Promise<string>
  /** Instead of its own answers, until told `undefined`. */
  answerWith(listener: RequestListener | undefined): void
}

export interface IssuerOptions {
  readonly audience: string
  /** For the token endpoint. */
  readonly client?: { readonly id: string; readonly secret: string }
}

/** Made once for each file of tests: a key of RSA costs a quarter of a second. */
export async function startIssuer({ audience, client }: IssuerOptions): Promise<Issuer> {
  const authority = await issueCertificate({ subject: 'Issuers', ca: true })
  const pair = await issueCertificate({ subject: 'issuer', issuer: authority, usage: 'serverAuth', names: ['IP:127.0.0.1'] })
  const keys = [await generateSigningKey('first')]
  const asked: string[] = []
  let instead: RequestListener | undefined
  const sign: Issuer['sign'] = (claims = {}, header = {}) => {
    const now = Math.floor(Date.now() / 1000)
    const common = { iss: running.url, sub: 'prometheus', aud: audience, iat: now, exp: now + 300 }
    return signToken(keys[0] as SigningKey, { ...common, ...claims }, header)
  }
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    asked.push(request.url ?? '')
    if (instead) return instead(request, response)
    const json = (body: unknown): void => void response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
    const endpoint = (path: string): string => `${running.url}${path}`
    if (request.url === '/.well-known/openid-configuration')
      return json({ issuer: running.url, jwks_uri: endpoint('/jwks'), token_endpoint: endpoint('/token') })
    if (request.url === '/jwks') return json({ keys: keys.map(({ jwk }) => jwk) })
    if (request.url === '/token' && client && (await isClient(request, client)))
      return json({ access_token: await sign({ sub: client.id }), token_type: 'Bearer', expires_in: 300 })
    response.writeHead(request.url === '/token' ? 401 : 404).end()
  }
  const running = await startServer(createServer(pair, (request, response) => void answer(request, response)))
  return {
    url: running.url,
    ca: authority.cert,
    keys,
    asked,
    sign,
    answerWith(listener) {
      instead = listener
    },
    [Symbol.asyncDispose]: () => running.close(),
  }
}

/** RFC 6749, 2.3.1 and 4.4: client credentials in the header or in the form. */
async function isClient(request: IncomingMessage, client: { readonly id: string; readonly secret: string }): Promise<boolean> {
  let body = ''
  request.setEncoding('utf8').on('data', (chunk: string) => {
    body += chunk
  })
  await once(request, 'end')
  const form = new URLSearchParams(body)
  if (form.get('grant_type') !== 'client_credentials') return false
  const [scheme = '', encoded = ''] = (request.headers.authorization ?? '').split(' ')
  const [id, secret] =
    scheme === 'Basic'
      ? Buffer.from(encoded, 'base64').toString().split(':').map(decodeURIComponent)
      : [form.get('client_id'), form.get('client_secret')]
  return id === client.id && secret === client.secret
}
