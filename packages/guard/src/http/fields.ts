/** Header fields that Node drops: beyond a count it goes on without the rest, and tells nobody. */
import type { IncomingMessage, Server } from 'node:http'

/** Names and values that Node keeps of a request where its server says nothing else. */
const DEFAULT_PARTS = 2_000

/**
 * True when fields of `request` may have been dropped. What a proxy adds behind a thousand fields of its client would be among them, and
 * the X-Forwarded-For of the client's own would stand alone. Never of a server that `listen` started, which drops none.
 */
export function mayLackFields({ rawHeaders, socket }: IncomingMessage): boolean {
  // Node sets it on every socket that a server accepted.
  const { server } = socket as { readonly server?: Pick<Server, 'maxHeadersCount'> }
  const count = server?.maxHeadersCount ?? DEFAULT_PARTS / 2
  return count > 0 && rawHeaders.length >= count * 2
}
