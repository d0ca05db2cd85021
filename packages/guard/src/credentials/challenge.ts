/** WWW-Authenticate (RFC 9110, 11.6.1): what a client is asked for. Realms are checked when the policy is compiled. */

/** RFC 7617, 2.1: the only charset there is; it tells the client to send UTF-8. @param realm null: the bare word, as the exporters send it */
export const basicChallenge = (realm: string | null): string => (realm === null ? 'Basic' : `Basic realm="${realm}", charset="UTF-8"`)

/** RFC 6750, 3. Without an error attribute: the client is not told whether a token was wrong or absent. */
export const bearerChallenge = (realm: string): string => `Bearer realm="${realm}"`

/** Printable ASCII without what would end the quoted string. */
export const isRealm = (text: string): boolean => /^[ !#-[\]-~]{1,64}$/.test(text)
