/** What has broken basic authentication elsewhere, sent over raw connections; the number in a name is the case's in our list of attacks. */
import { createServer } from 'node:http'
import { hashSync as argon2 } from '@node-rs/argon2'
import { hashSync } from '@node-rs/bcrypt'
import { createGuard, type Guard, type GuardEvent, type GuardOptions } from '@postern/guard'
import { createMetricsHandler } from '@postern/guard/node'
import { basic, connect, faultOf, type RawResponse, type RunningServer, requestText, startServer, temporaryFolder } from '@postern/testkit'
import { describe, expect, test } from 'vitest'

const PASSWORD = 'canary-s3cret'
const HASH = hashSync(PASSWORD, 4)
const LONGEST = 'x'.repeat(72)
/** exporter-toolkit's decoy, which is a hash of `fakepassword`. */
const DECOY = '$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi'
const users = {
  prometheus: HASH,
  dear: hashSync(PASSWORD, 6),
  rotating: [hashSync('canary-old', 4), hashSync('canary-new', 5)],
  modern: argon2(PASSWORD, { memoryCost: 64, timeCost: 1 }),
  portable:
    '$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw',
  old: '$apr1$abcdefgh$82JubPF2dQkt1tVfvLnXS.',
  older: '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=',
  longest: hashSync(LONGEST, 4),
  colons: hashSync('canary:a:b:', 4),
  blank: hashSync('', 4),
  'zoë 日本 🔑': HASH,
}

const POLICY: GuardOptions = { credentials: [{ type: 'basic', users }] }

const serve = (guard: Guard): Promise<RunningServer> =>
  startServer(createServer(createMetricsHandler(guard, () => ({ contentType: 'text/plain', body: 'up 1\n' }))))

const lineOf = (user: string, password: string): string => `Authorization: ${basic(user, password).authorization}`

async function send(server: RunningServer, ...lines: readonly string[]): Promise<RawResponse> {
  await using wire = await connect(server.url)
  const response = await wire.ask(requestText('/metrics', lines))
  if (response === undefined) throw new Error('the connection ended without an answer')
  return response
}

/** Everything a client sees, but for the time of day. */
const seen = ({ head, body }: RawResponse): string => `${head.replace(/^Date: .*$/m, '')}\r\n\r\n${body}`

describe('a wrong password', () => {
  test('is answered byte for byte as an unknown user, whatever the kind of hash (6.2 #2)', async () => {
    await using server = await serve(createGuard(POLICY))
    const unknown = seen(await send(server, lineOf('mallory', 'guess')))
    expect(unknown).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/)
    for (const user of Object.keys(users)) expect([user, seen(await send(server, lineOf(user, 'guess')))]).toEqual([user, unknown])
  })

  test('is answered alike twenty times at once, for a user who exists and one who does not (6.2 #4)', async () => {
    await using server = await serve(createGuard({ ...POLICY, limits: { lockout: false } }))
    const answers = await Promise.all(
      ['dear', 'mallory'].flatMap((user) => Array.from({ length: 20 }, () => send(server, lineOf(user, 'guess')))),
    )
    expect([answers.length, new Set(answers.map(seen)).size, answers[0]?.status]).toEqual([40, 1, 401])
  })
})

describe('a pair', () => {
  test.each([
    { user: 'prometheus', password: PASSWORD, status: 200 },
    { user: 'rotating', password: 'canary-old', status: 200 },
    { user: 'rotating', password: 'canary-new', status: 200 },
    { user: 'modern', password: PASSWORD, status: 200 },
    { user: 'portable', password: 'pleaseletmein', status: 200 },
    { user: 'old', password: 'x', status: 200 },
    { user: 'older', password: 'password', status: 200 },
    { user: 'zoë 日本 🔑', password: PASSWORD, status: 200 },
    { user: 'colons', password: 'canary:a:b:', status: 200 },
    { user: 'blank', password: '', status: 200 },
    { user: '', password: '', status: 401 },
    { user: '', password: PASSWORD, status: 401 },
    { user: 'prometheus', password: '', status: 401 },
    { user: 'prometheus', password: `${PASSWORD}:`, status: 401 },
    { user: 'colons', password: 'canary', status: 401 },
    { user: 'colons:canary', password: 'a:b:', status: 200 },
    { user: 'Prometheus', password: PASSWORD, status: 401 },
    { user: 'prometheus ', password: PASSWORD, status: 401 },
    { user: 'zoe\u0308 日本 🔑', password: PASSWORD, status: 401 },
    { user: 'constructor', password: '', status: 401 },
  ])('"$user" with "$password" is $status, cold and again (6.2 #9)', async ({ user, password, status }) => {
    await using server = await serve(createGuard(POLICY))
    const answers = [await send(server, lineOf(user, password)), await send(server, lineOf(user, password))]
    expect(answers.map((answer) => answer.status)).toEqual([status, status])
  })

  test.each([
    { name: 'a 73rd byte', user: 'longest', password: `${LONGEST}x`, right: LONGEST },
    { name: 'a NUL byte and more after a bcrypt password', user: 'prometheus', password: `${PASSWORD}\0more`, right: PASSWORD },
    { name: 'a NUL byte after an argon2id password', user: 'modern', password: `${PASSWORD}\0`, right: PASSWORD },
    { name: 'a NUL byte after a scrypt password', user: 'portable', password: 'pleaseletmein\0', right: 'pleaseletmein' },
    { name: 'a NUL byte after an apr1 password', user: 'old', password: 'x\0', right: 'x' },
    { name: 'a NUL byte after a SHA-1 password', user: 'older', password: 'password\0', right: 'password' },
    { name: 'a NUL byte for an empty password', user: 'blank', password: '\0', right: '' },
    { name: 'a NUL byte after the user', user: 'prometheus\0', password: PASSWORD, right: PASSWORD },
  ])('does not pass with $name, before and after the right one has (6.2 #8)', async ({ user, password, right }) => {
    await using server = await serve(createGuard(POLICY))
    const statuses = []
    for (const [name, tried] of [
      [user, password],
      [user.replace('\0', ''), right],
      [user, password],
    ] as const)
      statuses.push((await send(server, lineOf(name, tried))).status)
    expect(statuses).toEqual([401, 200, 401])
  })
})

describe('what a cache or a coalescing of others let through', () => {
  test('is no pair of the two requests whose joined keys are equal (6.2 #5, CVE-2022-46146)', async () => {
    await using server = await serve(createGuard(POLICY))
    const poison = await send(server, lineOf(`prometheus${HASH}x`, 'fakepassword'))
    const harvest = await send(server, lineOf('prometheus', `x${DECOY}fakepassword`))
    expect([poison.status, harvest.status]).toEqual([401, 401])
  })

  test('is no unknown user whose password is the right one and its hash, racing a valid login (6.2 #6)', async () => {
    await using server = await serve(createGuard(POLICY))
    const race = [
      lineOf('dear', PASSWORD),
      lineOf('mallory', `${PASSWORD}${users.dear}`),
      lineOf('mallory', `${users.dear}${PASSWORD}`),
      lineOf(`dear${PASSWORD}`, ''),
      lineOf('mallory', PASSWORD),
    ]
    const answers = await Promise.all(race.map((line) => send(server, line)))
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 401, 401, 401])
  })

  test('is no password of the decoy, cold and again (6.2 #7)', async () => {
    await using server = await serve(createGuard(POLICY))
    const statuses = []
    for (const [user, password] of [
      ['fakeuser', 'fakepassword'],
      ['fakeuser', 'fakepassword'],
      ['prometheus', 'fakepassword'],
      ['prometheus', 'fakepassword'],
    ] as const)
      statuses.push((await send(server, lineOf(user, password))).status)
    expect(statuses).toEqual([401, 401, 401, 401])
  })
})

describe('a header', () => {
  const right = lineOf('prometheus', PASSWORD)
  test.each([
    { name: 'without base64', lines: ['Authorization: Basic %%%'], status: 401 },
    { name: 'with nothing after its scheme', lines: ['Authorization: Basic'], status: 401 },
    { name: 'that stands there twice', lines: [right, right], status: 400 },
    { name: 'beside one of another scheme', lines: [right, 'Authorization: Bearer x'], status: 400 },
    { name: 'with a scheme in other letters', lines: [right.replace('Basic', 'bAsIc')], status: 200 },
    { name: 'with a tab after its scheme', lines: [right.replace('Basic ', 'Basic\t')], status: 401 },
    { name: 'with two spaces after its scheme', lines: [right.replace('Basic ', 'Basic  ')], status: 200 },
    { name: 'with base64 for URLs', lines: ['Authorization: Basic w7_DvjpzM2NyZXQ'], status: 401 },
    { name: 'of bytes that are no UTF-8', lines: ['Authorization: Basic cDr/'], status: 401 },
    { name: 'of twelve thousand bytes', lines: [lineOf('prometheus', 'x'.repeat(9_000))], status: 401 },
  ])('$name is $status, also after the right one was remembered (6.2 #10)', async ({ lines, status }) => {
    const faults: GuardEvent[] = []
    const guard = createGuard(POLICY, { onEvent: (event) => event.type === 'fault' && faults.push(event) })
    await using server = await serve(guard)
    const cold = await send(server, ...lines)
    await send(server, right)
    const warm = await send(server, ...lines)
    expect([cold.status, warm.status, faults]).toEqual([status, status, []])
  })
})

describe('a file of users', () => {
  test('that changes ends what was remembered with the next request after the reload (6.2 #14)', async () => {
    await using folder = await temporaryFolder()
    const usersFile = await folder.write('users', `prom:${HASH}\nleaver:${HASH}\nstays:${HASH}\n`, 0o600)
    const guard = createGuard({ credentials: [{ type: 'basic', usersFile }] })
    await using server = await serve(guard)
    const statuses = async (...pairs: readonly (readonly [string, string])[]): Promise<number[]> => {
      const answers = []
      for (const [user, password] of pairs) answers.push((await send(server, lineOf(user, password))).status)
      return answers
    }
    const all = [
      ['prom', PASSWORD],
      ['leaver', PASSWORD],
      ['stays', PASSWORD],
    ] as const
    expect([await statuses(...all), await statuses(...all)]).toEqual([
      [200, 200, 200],
      [200, 200, 200],
    ])
    await folder.write('users', `prom:${hashSync('canary-changed', 4)}\nstays:${HASH}\n`, 0o600)
    guard.reload()
    expect(await statuses(...all, ['prom', 'canary-changed'])).toEqual([401, 401, 200, 200])
    await guard.close()
  })

  test.each([
    {
      name: 'a cost of 31',
      hash: HASH.replace('$04$', '$31$'),
      message: 'is a bcrypt hash of cost 31, and each attempt would take minutes or more',
    },
    {
      name: 'a truncated hash',
      hash: `$2y$${HASH.slice(4, 50)}`,
      message:
        'is not a bcrypt hash but a damaged or unknown kind of one (50 characters; a whole one has 60 and starts with $2a$, $2b$ or $2y$)',
    },
  ])('with $name is refused with user and line, and the hash is not shown (6.2 #15)', async ({ hash, message }) => {
    await using folder = await temporaryFolder()
    const usersFile = await folder.write('users', `# scrapers\nstays:${HASH}\nprom:${hash}\n`, 0o600)
    const fault = faultOf(() => createGuard({ credentials: [{ type: 'basic', usersFile }] }))
    expect(fault).toMatchObject({
      code: 'ERR_POSTERN_HASH',
      path: ['credentials', 0, 'usersFile'],
      message: `the hash of "prom" ${message}`,
      source: { file: usersFile, line: 3, column: 6 },
    })
    expect(JSON.stringify(fault)).not.toContain(hash.slice(7, 40))
  })
})
