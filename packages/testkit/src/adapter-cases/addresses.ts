/** From where one may read, and which headers change nothing of it. */
import type { AdapterCase } from './case.ts'
import { anonymous, numbered, POLICY, RIGHT } from './policy.ts'

const FOREIGN = ['192.0.2.0/24']
const unbelieved = (...lines: string[]): AdapterCase => ({
  name: `believes no address in ${lines.map((line) => line.replace(/: /, ' ')).join(' and ')}`,
  guard: anonymous({ allow: FOREIGN }),
  lines,
  status: 403,
  heard: 'address_not_allowed',
})

export const ADDRESS_CASES: readonly AdapterCase[] = [
  { name: 'lets an allowed address in', guard: anonymous({ allow: ['127.0.0.0/8'] }), status: 200, heard: { principal: 'anonymous' } },
  { name: 'refuses a denied address', guard: anonymous({ deny: ['127.0.0.1'] }), status: 403, heard: 'address_not_allowed' },
  ...numbered(
    [55],
    [
      {
        name: 'lets an allowed address in that is written as IPv6',
        guard: anonymous({ allow: ['::ffff:127.0.0.1'] }),
        status: 200,
        heard: { principal: 'anonymous' },
      },
      {
        name: 'refuses a denied address that is written as IPv6',
        guard: anonymous({ deny: ['::ffff:127.0.0.0/104'] }),
        status: 403,
        heard: 'address_not_allowed',
      },
      ...['::127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::/48'].map(
        (network): AdapterCase => ({
          name: `takes ${network} for no form of an IPv4 address`,
          guard: anonymous({ allow: [network] }),
          status: 403,
          heard: 'address_not_allowed',
        }),
      ),
    ],
  ),
  {
    name: 'refuses an address that is allowed and denied',
    guard: anonymous({ allow: ['127.0.0.1'], deny: ['127.0.0.0/8'] }),
    status: 403,
    heard: 'address_not_allowed',
  },
  {
    name: 'refuses a foreign address with the right password',
    guard: { ...POLICY, addresses: { allow: FOREIGN } },
    lines: [RIGHT],
    status: 403,
    heard: 'address_not_allowed',
  },
  {
    name: 'refuses a foreign address before it reads its headers',
    guard: { ...POLICY, addresses: { allow: FOREIGN } },
    lines: [RIGHT, RIGHT],
    status: 403,
    heard: 'address_not_allowed',
  },
  ...numbered(
    [53],
    [
      unbelieved('X-Forwarded-For: 192.0.2.1'),
      unbelieved('X-Forwarded-For: 192.0.2.1, 127.0.0.1'),
      unbelieved('X-Forwarded-For: 192.0.2.1', 'X-Forwarded-For: 192.0.2.2'),
      unbelieved('X-Forwarded-For: garbage, 192.0.2.1'),
    ],
  ),
  ...numbered(
    [54],
    ['X-Real-IP: 192.0.2.1', 'Forwarded: for=192.0.2.1', 'CF-Connecting-IP: 192.0.2.1', 'True-Client-IP: 192.0.2.1'].map((line) =>
      unbelieved(line),
    ),
  ),
  {
    name: 'asks for a password at an allowed address',
    guard: { ...POLICY, addresses: { allow: ['127.0.0.0/8'] } },
    status: 401,
    heard: 'no_credentials',
  },
]
