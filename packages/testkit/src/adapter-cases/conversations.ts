/** What takes more than one request: kept connections, pipelines, bodies, races. What is seen is told in a few words. */
import { basic } from '../headers.ts'
import { requestText, type Wire } from '../wire.ts'
import type { Conversation, Talk } from './case.ts'
import { basicLine, HASH, PASSWORD, RIGHT, WRONG } from './policy.ts'

type Answer = Awaited<ReturnType<Talk['read']>>

const statusOf = (response: Answer): string =>
  response === undefined ? 'closed' : response === 'waits' ? response : String(response.status)

/** Asks on a wire, in order. */
async function ask(talk: Talk, wire: Wire, requests: readonly (readonly string[])[]): Promise<string[]> {
  const seen: string[] = []
  for (const lines of requests) {
    wire.send(requestText(talk.path, lines))
    seen.push(statusOf(await talk.read(wire)))
  }
  return seen
}

/** Asks for each request on a connection of its own, in order. */
async function askApart(talk: Talk, requests: readonly (readonly string[])[]): Promise<string[]> {
  const seen: string[] = []
  for (const lines of requests) {
    await using wire = await talk.open()
    seen.push(...(await ask(talk, wire, [lines])))
  }
  return seen
}

/** The bytes of an answer, but for the date. */
const bytesOf = (response: Answer): string =>
  response === undefined || response === 'waits'
    ? statusOf(response)
    : `${response.head.replace(/^Date: [^\r]+ GMT\r?$/m, 'Date:')}\n\n${response.body}`

/** How many different answers these requests get, each on a connection of its own. */
const kindsOf =
  (requests: readonly (readonly string[])[], method = 'GET') =>
  async (talk: Talk): Promise<string> => {
    const kinds = new Set<string>()
    for (const lines of requests) {
      await using wire = await talk.open()
      wire.send(requestText(talk.path, lines, method))
      kinds.add(bytesOf(await talk.read(wire, method)))
    }
    return kinds.size === 1 ? 'the same bytes' : `${kinds.size} kinds of bytes`
  }

const HIDDEN = requestText('/metrics', [RIGHT])

export const CONVERSATIONS: readonly Conversation[] = [
  {
    name: 'tells a wrong password, an unknown user, a wrong token and a malformed header not apart',
    numbers: [2],
    sends: 'nine wrong credentials, and none',
    expected: 'the same bytes',
    talk: kindsOf([
      [basicLine('prometheus', WRONG)],
      [basicLine('mallory', WRONG)],
      [basicLine('rotating', WRONG)],
      [basicLine('', '')],
      [basicLine('longest', WRONG)],
      [`Authorization: Bearer ${WRONG}`],
      ['Authorization: Basic %%%'],
      ['Authorization: Nonsense'],
      [],
    ]),
  },
  {
    name: 'tells them not apart for HEAD',
    numbers: [2],
    sends: 'HEAD with a wrong password, an unknown user, nothing',
    expected: 'the same bytes',
    talk: kindsOf([[basicLine('prometheus', WRONG)], [basicLine('mallory', WRONG)], []], 'HEAD'),
  },
  {
    name: 'answers equal attempts that come together alike',
    numbers: [4],
    sends: 'at once: ten times the right password, a wrong one, an unknown user',
    expected: '200 and 401',
    async talk(talk) {
      const one = async (user: string, password: string): Promise<readonly [status: string, bytes: string]> => {
        await using wire = await talk.open()
        wire.send(requestText(talk.path, [basicLine(user, password)]))
        const response = await talk.read(wire)
        // Two expositions of one exporter differ in their values.
        const isExposition = typeof response === 'object' && response.status === 200
        return [statusOf(response), isExposition ? (response.body.split('\n', 1)[0] ?? '') : bytesOf(response)]
      }
      const attempts = Array.from({ length: 10 }, () => [one('prometheus', PASSWORD), one('prometheus', WRONG), one('mallory', WRONG)])
      const kinds = new Map((await Promise.all(attempts.flat())).map(([status, bytes]) => [bytes, status]))
      return [...kinds.values()].sort().join(' and ')
    },
  },
  {
    name: 'does not join user and password to the pair of another (CVE-2022-46146)',
    numbers: [5],
    sends: 'the right pair twice, then pairs whose parts join to the same text',
    expected: '200 200 401 401 401',
    talk: async (talk) =>
      (
        await askApart(
          talk,
          (
            [
              ['prometheus', PASSWORD],
              ['prometheus', PASSWORD],
              ['prometheuscanary', PASSWORD.slice(6)],
              ['', `prometheus${PASSWORD}`],
              [`prometheus${HASH}`, PASSWORD],
            ] as const
          ).map(([user, password]) => [basicLine(user, password)]),
        )
      ).join(' '),
  },
  {
    name: 'lets no unknown user in on the login of another that is under way',
    numbers: [6],
    sends: 'at once: the right pair, and an unknown user with password and hash joined',
    expected: '200 401 401',
    async talk(talk) {
      const pairs = [
        ['prometheus', PASSWORD],
        ['mallory', `${PASSWORD}${HASH}`],
        ['mallory', PASSWORD],
      ] as const
      const seen = await Promise.all(pairs.map(([user, password]) => askApart(talk, [[basicLine(user, password)]])))
      return seen.flat().join(' ')
    },
  },
  {
    name: 'refuses the decoy of a rival at first and from memory',
    numbers: [7],
    sends: 'fakeuser:fakepassword, twice',
    expected: '401 401',
    talk: async (talk) =>
      (
        await askApart(
          talk,
          Array.from({ length: 2 }, () => [basicLine('fakeuser', 'fakepassword')]),
        )
      ).join(' '),
  },
  {
    name: 'judges each request of a connection alone, and ends it with the first that is denied',
    numbers: [42],
    sends: 'on one connection: right, right, nothing; and right, right, wrong',
    expected: '200 200 401 closed; 200 200 401 closed',
    async talk(talk) {
      const seen: string[] = []
      for (const wrong of [[], [basicLine('prometheus', WRONG)]]) {
        await using wire = await talk.open()
        seen.push([...(await ask(talk, wire, [[RIGHT], [RIGHT], wrong])), statusOf(await talk.read(wire))].join(' '))
      }
      return seen.join('; ')
    },
  },
  {
    name: 'judges pipelined requests each alone, and answers in order up to the first that is denied',
    numbers: [42],
    sends: 'in one piece: right, nothing, right',
    expected: '200 401 closed',
    async talk(talk) {
      await using wire = await talk.open()
      wire.send([[RIGHT], [], [RIGHT]].map((lines) => requestText(talk.path, lines)).join(''))
      return [await talk.read(wire), await talk.read(wire), await talk.read(wire)].map(statusOf).join(' ')
    },
  },
  {
    name: 'takes a request hidden in a body for a body',
    numbers: [42],
    sends: 'GET without credentials, in its body a right request',
    expected: '401 closed',
    heard: ['no_credentials'],
    async talk(talk) {
      await using wire = await talk.open()
      wire.send(requestText(talk.path, [`Content-Length: ${HIDDEN.length}`]) + HIDDEN)
      return [await talk.read(wire), await talk.read(wire)].map(statusOf).join(' ')
    },
  },
  {
    name: 'takes a request hidden in the body of one who may scrape for a body',
    numbers: [42],
    sends: 'a right GET, in its body a request without credentials',
    expected: '200 closed',
    heard: [{ principal: 'prometheus' }],
    async talk(talk) {
      await using wire = await talk.open()
      const hidden = requestText('/hidden')
      wire.send(requestText(talk.path, [RIGHT, `Content-Length: ${hidden.length}`]) + hidden)
      return [await talk.read(wire), await talk.read(wire)].map(statusOf).join(' ')
    },
  },
  {
    name: 'cuts the connection of a denied request whose body is still to come',
    numbers: [43],
    sends: 'wrong password, and a body of 1 GiB or of chunks that does not come',
    expected: '401 closed 401 closed',
    heard: ['bad_credentials', 'bad_credentials'],
    async talk(talk) {
      const seen: string[] = []
      for (const coding of ['Content-Length: 1073741824', 'Transfer-Encoding: chunked']) {
        await using wire = await talk.open()
        seen.push(...(await ask(talk, wire, [[coding, basicLine('prometheus', WRONG)]])), statusOf(await talk.read(wire)))
      }
      return seen.join(' ')
    },
  },
  {
    name: 'cuts the connection of a denied request while its body is being sent',
    numbers: [43],
    sends: 'no credentials, and 1 GiB of body as fast as it is taken',
    expected: 'cut',
    heard: ['no_credentials'],
    talk: (talk) => flood(talk, ['Content-Length: 1073741824'], Buffer.alloc(65_536, 'x')),
  },
  {
    name: 'cuts the connection of one who may scrape and sends a body instead',
    numbers: [43],
    sends: 'a right GET, and 1 GiB of body as fast as it is taken',
    expected: 'cut',
    heard: [{ principal: 'prometheus' }],
    talk: (talk) => flood(talk, [RIGHT, 'Content-Length: 1073741824'], Buffer.alloc(65_536, 'x')),
  },
  {
    name: 'cuts the connection of one who sends extensions of chunks without end',
    numbers: [43],
    sends: 'a right GET, and chunks of one byte with 60 KiB of extensions',
    expected: 'cut',
    talk: (talk) => flood(talk, [RIGHT, 'Transfer-Encoding: chunked'], Buffer.from(`1;${'a'.repeat(61_440)}\r\nx\r\n`)),
  },
  {
    name: 'refuses one who waits to be told to go on with a body',
    numbers: [43],
    sends: 'no credentials, and Expect: 100-continue',
    expected: '401 closed',
    async talk(talk) {
      await using wire = await talk.open()
      const seen = await ask(talk, wire, [['Content-Length: 10', 'Expect: 100-continue']])
      return [...seen, statusOf(await talk.read(wire))].join(' ')
    },
  },
  {
    name: 'outlives a client that leaves before its answer',
    sends: 'wrong password, and an end of the connection; then right',
    expected: '200',
    async talk(talk) {
      {
        await using wire = await talk.open()
        wire.send(requestText(talk.path, [`Authorization: ${basic('prometheus', WRONG).authorization}`]))
        wire.socket.destroy()
      }
      return (await askApart(talk, [[RIGHT]])).join(' ')
    },
  },
]

/** Sends blocks after a request as fast as they are taken, until the other side ends the connection, or has taken them all. */
async function flood(talk: Talk, lines: readonly string[], block: Buffer): Promise<string> {
  await using wire = await talk.open()
  wire.send(requestText(talk.path, lines))
  let left = 1_073_741_824
  const pump = (): void => {
    while (left > 0 && wire.socket.writable) {
      left -= block.length
      if (!wire.socket.write(block)) return
    }
  }
  wire.socket.on('drain', pump)
  pump()
  await wire.ended()
  return left > 0 ? 'cut' : 'taken whole'
}
