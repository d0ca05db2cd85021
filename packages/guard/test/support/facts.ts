/** Facts of a request of which a test cares for a few. */
import type { RequestFacts } from '@postern/guard'

/** A GET without address, target and headers, but for what is given. */
export const factsOf = (init: Partial<RequestFacts> = {}): RequestFacts => ({
  address: undefined,
  method: 'GET',
  target: undefined,
  authorization: [],
  header: () => [],
  clientCertificate: undefined,
  ...init,
})

/** A GET with these Authorization headers. */
export const withAuthorization = (...authorization: string[]): RequestFacts => factsOf({ authorization })
