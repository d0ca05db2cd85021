/** What proves to a gateway who pushes, as the value of one header. No message here shows any part of it. */
import { quote } from '../names.ts'

export type PushAuthorization =
  | { readonly type: 'basic'; readonly username: string; readonly password: string }
  | { readonly type: 'bearer'; readonly token: string }

export interface CompiledAuthorization {
  readonly header: string
  /** What an answer that repeats the request must not carry into a message. Longest first, so that no part of one stays behind. */
  readonly secrets: readonly string[]
}

/** RFC 7617, 2: neither part may hold control characters. */
const CONTROL = /\p{Cc}/u
/** RFC 6750, 2.1, and every other visible character that gateways are known to take. */
const TOKEN = /^[\x21-\x7e]+$/

/** @throws {TypeError} when a part is missing, or cannot stand in the header. */
export function compileAuthorization(authorization: PushAuthorization): CompiledAuthorization {
  if (authorization.type === 'bearer') {
    const { token } = authorization
    if (typeof token !== 'string' || !TOKEN.test(token)) {
      throw new TypeError(
        'target.authorization.token is empty or holds a character that a header cannot carry, such as a space or the end of a line. Write the token alone; a file of it may need trim().',
      )
    }
    return { header: `Bearer ${token}`, secrets: [token] }
  }
  if (authorization.type !== 'basic') {
    const { type } = authorization as { readonly type: unknown }
    throw new TypeError(`target.authorization has the type ${quote(type)}. Write basic or bearer.`)
  }
  const { username, password } = authorization
  if (typeof username !== 'string' || username.includes(':') || CONTROL.test(username)) {
    throw new TypeError(
      'target.authorization.username is missing, or holds a colon or a control character, which basic authentication cannot carry. Write the name alone.',
    )
  }
  if (typeof password !== 'string' || password === '' || CONTROL.test(password)) {
    throw new TypeError(
      'target.authorization.password is empty or holds a control character, which basic authentication cannot carry. Write the password alone; a file of it may need trim().',
    )
  }
  const encoded = Buffer.from(`${username}:${password}`, 'utf8').toString('base64')
  return { header: `Basic ${encoded}`, secrets: [encoded, password].sort((a, b) => b.length - a.length) }
}
