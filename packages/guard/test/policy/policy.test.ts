import { hashSync } from '@node-rs/bcrypt'
import type { GuardOptions } from '@postern/guard'
import { faultOf, issueCertificate } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { digestToken } from '../../src/credentials/bearer.ts'
import type { CompilerEnvironment } from '../../src/credentials/compiled.ts'
import { compilePolicy } from '../../src/policy/policy.ts'
import { readSourceFile } from '../../src/sources/file.ts'

const hash = hashSync('s3cret', 4)
const token = 'pt_0123456789abcdef0123456789'
const authority = await issueCertificate({ subject: 'Scrapers', ca: true })
const second = await issueCertificate({ subject: 'More scrapers', ca: true })

const FILES: Record<string, { text: string; readableByOthers: boolean }> = {
  'users.htpasswd': { text: `prom:${hash}\nother:${hash}\n`, readableByOthers: false },
  'open.htpasswd': { text: `prom:${hash}\n`, readableByOthers: true },
  'empty.htpasswd': { text: '\n', readableByOthers: false },
  'bad.htpasswd': { text: 'prom:plain\n', readableByOthers: false },
  'ca.crt': { text: authority.cert, readableByOthers: true },
  'empty.crt': { text: '', readableByOthers: false },
}
const ENVIRONMENT: CompilerEnvironment = {
  readFile: (file, path) => FILES[file] ?? readSourceFile(file, path),
  now: () => 0,
  elapsed: () => 0,
  randomBytes: (size) => new Uint8Array(size),
  keep: (_key, create) => create(),
  tell: () => {},
}
const compile = (options: unknown): ReturnType<typeof compilePolicy> => compilePolicy(options as GuardOptions, ENVIRONMENT)
const one = (credential: object): object => ({ credentials: [credential] })

describe('a policy that compiles', () => {
  const BASIC = 'Basic realm="metrics", charset="UTF-8"'
  const BEARER = 'Bearer realm="metrics"'
  const basic = { type: 'basic', users: { prom: hash } }
  const bearer = { type: 'bearer', tokens: [{ name: 'prometheus', token }] }
  const certificate = { type: 'client-certificate', ca: authority.cert, names: ['prometheus.example'] }

  test.each([
    { name: 'nobody is asked', options: { credentials: 'none' }, kinds: [], challenges: [], authorities: 0 },
    { name: 'one user', options: one(basic), kinds: ['basic'], challenges: [BASIC], authorities: 0 },
    {
      name: 'one user with two hashes',
      options: one({ ...basic, users: { prom: [hash, hash] } }),
      kinds: ['basic'],
      challenges: [BASIC],
      authorities: 0,
    },
    {
      name: 'users of a file',
      options: one({ type: 'basic', usersFile: 'users.htpasswd' }),
      kinds: ['basic'],
      challenges: [BASIC],
      authorities: 0,
    },
    {
      name: 'users of both',
      options: one({ ...basic, usersFile: 'users.htpasswd' }),
      kinds: ['basic'],
      challenges: [BASIC],
      authorities: 0,
    },
    {
      name: 'a realm',
      options: one({ ...basic, realm: 'Team A' }),
      kinds: ['basic'],
      challenges: ['Basic realm="Team A", charset="UTF-8"'],
      authorities: 0,
    },
    { name: 'a token', options: one(bearer), kinds: ['bearer'], challenges: [BEARER], authorities: 0 },
    {
      name: 'a digest',
      options: one({ type: 'bearer', tokens: [{ name: 'a', sha256: digestToken(token).toUpperCase() }] }),
      kinds: ['bearer'],
      challenges: [BEARER],
      authorities: 0,
    },
    { name: 'a certificate', options: one(certificate), kinds: ['client-certificate'], challenges: [], authorities: 1 },
    {
      name: 'a bundle of authorities',
      options: one({ ...certificate, ca: `# ours\n${authority.cert}\n# theirs\n${second.cert}` }),
      kinds: ['client-certificate'],
      challenges: [],
      authorities: 2,
    },
    {
      name: 'an authority in a file',
      options: one({ type: 'client-certificate', caFile: 'ca.crt', names: ['a'] }),
      kinds: ['client-certificate'],
      challenges: [],
      authorities: 1,
    },
    {
      name: 'all kinds, each challenge once and in order',
      options: { credentials: [bearer, basic, certificate, basic] },
      kinds: ['bearer', 'basic', 'client-certificate', 'basic'],
      challenges: [BEARER, BASIC],
      authorities: 1,
    },
  ])('$name', ({ options, kinds, challenges, authorities }) => {
    const policy = compile(options)
    expect({
      kinds: policy.credentials.map(({ kind }) => kind),
      challenges: policy.challenges,
      authorities: policy.clientAuthorities.length,
      warnings: policy.warnings,
    }).toEqual({ kinds, challenges, authorities, warnings: [] })
  })

  test('warns of a file of hashes that others can read, and not of an authority', () => {
    expect(
      compile({
        credentials: [
          { type: 'basic', usersFile: 'open.htpasswd' },
          { type: 'client-certificate', caFile: 'ca.crt', names: ['a'] },
        ],
      }).warnings,
    ).toEqual(['"open.htpasswd" can be read by other users of this machine: chmod 600 it'])
  })

  test('keeps neither the token nor the objects it was given', () => {
    const options = { credentials: [bearer, basic, certificate], addresses: { allow: ['10.0.0.0/8'] } }
    const before = structuredClone(options)
    const policy = compile(options)
    expect(options).toEqual(before)
    expect(JSON.stringify(policy)).not.toContain(token)
  })
})

describe('a policy that is refused', () => {
  const policy = 'ERR_POSTERN_POLICY'
  const hashMend = 'Make one with: postern hash, or htpasswd -B'
  const noCredential = {
    code: policy,
    path: ['credentials'],
    message: 'the policy names no credential, so that nobody could ever be proven',
    fix: "List one of type basic, bearer, jwt, client-certificate or kubernetes; or write 'none' to let everyone at an allowed address read.",
  }
  const noUser = {
    code: policy,
    path: ['credentials', 0, 'users'],
    message: 'this credential names no user',
    fix: 'Name one, inline or in a file; make a hash with: postern hash',
  }
  const noToken = {
    code: policy,
    path: ['credentials', 0, 'tokens'],
    message: 'this credential names no token',
    fix: 'List one as { name, sha256 }.',
  }
  const noName = {
    code: policy,
    path: ['credentials', 0, 'names'],
    message: 'this credential lists no name, and every certificate of the authority would do',
    fix: "List the subject alternative names of your scrapers, or write 'any'.",
  }
  const realm = {
    code: policy,
    path: ['credentials', 0, 'realm'],
    message: 'the realm is empty, longer than 64 characters, or holds a quote, a backslash or a character beyond ASCII',
    fix: 'Write a short name like metrics.',
  }
  const digest = (name: string): object => ({
    code: 'ERR_POSTERN_TOKEN',
    path: ['credentials', 0, 'tokens', 0, 'sha256'],
    message: `the digest of "${name}" is not 64 hexadecimal digits`,
    fix: 'Write the SHA-256 of the token, as printed by: sha256sum FILE, where FILE has no line end.',
  })
  const weakToken = {
    code: 'ERR_POSTERN_TOKEN',
    path: ['credentials', 0, 'tokens', 0, 'token'],
    message: 'the token of "a" is shorter than 24 characters or holds one that RFC 6750 does not allow',
    fix: 'Make one with: openssl rand -hex 32',
  }
  const tokenName = {
    code: 'ERR_POSTERN_TOKEN',
    path: ['credentials', 0, 'tokens', 0, 'name'],
    message: 'this token has no name',
    fix: 'Name who holds it: the name appears in events.',
  }
  const certificateName = (text: string): object => ({
    code: policy,
    path: ['credentials', 0, 'names', 1],
    message: `"${text}" is not a name that a certificate carries`,
    fix: 'Write a DNS name, an address, an e-mail address or a URI; a star stands for a first label (*.example.com) or a last path (spiffe://x/ns/*).',
  })
  const badAuthority = (file: string, key: string): object => ({
    code: 'ERR_POSTERN_CERTIFICATE',
    path: ['credentials', 0, key],
    message: `"${file}" holds no certificate that can be read`,
    fix: 'Give a PEM file that starts with -----BEGIN CERTIFICATE-----.',
    source: { file },
  })
  const tokens = (...list: object[]): object => one({ type: 'bearer', tokens: list })
  const certificate = (init: object): object =>
    one({ type: 'client-certificate', ca: authority.cert, names: ['prometheus.example'], ...init })

  test.each([
    { name: 'credentials left out', options: {}, fault: noCredential },
    { name: 'credentials that came out as null', options: { credentials: null }, fault: noCredential },
    { name: 'no credential', options: { credentials: [] }, fault: noCredential },
    { name: 'another word than none', options: { credentials: 'all' }, fault: noCredential },
    {
      name: 'a credential of an unknown type',
      options: one({ type: 'saml' }),
      fault: {
        code: policy,
        path: ['credentials', 0, 'type'],
        message: '"saml" is not a type of credential',
        fix: 'Write basic, bearer, jwt, client-certificate or kubernetes.',
      },
    },
    {
      name: 'a credential without a type, in its place',
      options: { credentials: [{ type: 'basic', users: { prom: hash } }, {}] },
      fault: {
        code: policy,
        path: ['credentials', 1, 'type'],
        message: '"undefined" is not a type of credential',
        fix: 'Write basic, bearer, jwt, client-certificate or kubernetes.',
      },
    },
    {
      name: 'a network that cannot be read',
      options: { credentials: 'none', addresses: { allow: ['10.0.0.0/8', '10.0.0.5/8'] } },
      fault: {
        code: 'ERR_POSTERN_CIDR',
        path: ['addresses', 'allow', 1],
        message: '"10.0.0.5/8" has bits set below /8',
        fix: 'Write 10.0.0.0/8 for the network, or 10.0.0.5/32 for the one host.',
      },
    },
    { name: 'basic without users', options: one({ type: 'basic' }), fault: noUser },
    { name: 'basic with no user', options: one({ type: 'basic', users: {} }), fault: noUser },
    {
      name: 'a user without a hash',
      options: one({ type: 'basic', users: { other: hash, prom: [] } }),
      fault: {
        code: policy,
        path: ['credentials', 0, 'users', 'prom'],
        message: 'the user "prom" has no hash, and no password could ever be right',
        fix: 'Give the user a hash made with: postern hash; or leave the user out.',
      },
    },
    {
      name: 'a user without a name',
      options: one({ type: 'basic', users: { '': hash } }),
      fault: { code: policy, path: ['credentials', 0, 'users'], message: 'the user name "" is empty', fix: 'Use another name.' },
    },
    {
      name: 'a user with a colon',
      options: one({ type: 'basic', users: { 'a:b': hash } }),
      fault: {
        code: policy,
        path: ['credentials', 0, 'users'],
        message: 'the user name "a:b" holds a colon, where basic authentication ends it',
        fix: 'Use another name.',
      },
    },
    {
      name: 'a password in place of a hash',
      options: one({ type: 'basic', users: { prom: 's3cret' } }),
      fault: {
        code: 'ERR_POSTERN_HASH',
        path: ['credentials', 0, 'users', 'prom'],
        message: 'this is not a password hash but something else',
        fix: hashMend,
      },
    },
    {
      name: 'a hash from a variable that is not set',
      options: one({ type: 'basic', users: { prom: undefined } }),
      fault: {
        code: 'ERR_POSTERN_HASH',
        path: ['credentials', 0, 'users', 'prom'],
        message: 'this is not a password hash but empty',
        fix: hashMend,
      },
    },
    {
      name: 'a hash that costs too much',
      options: one({ type: 'basic', users: { prom: [hash, hash.replace('$04$', '$31$')] } }),
      fault: {
        code: 'ERR_POSTERN_HASH',
        path: ['credentials', 0, 'users', 'prom'],
        message: 'this is a bcrypt hash of cost 31, and each attempt would take minutes or more',
        fix: 'Use a cost from 10 to 12, at most 16.',
      },
    },
    {
      name: 'a file of users that is missing',
      options: one({ type: 'basic', usersFile: '/nowhere/users.htpasswd' }),
      fault: {
        code: 'ERR_POSTERN_FILE',
        path: ['credentials', 0, 'usersFile'],
        message: '"/nowhere/users.htpasswd" does not exist',
        fix: 'Name an existing file; a relative path starts at the folder of the configuration file, and in code at the current one.',
      },
    },
    {
      name: 'a file of users that names nobody, also where the policy names one',
      options: one({ type: 'basic', users: { prom: hash }, usersFile: 'empty.htpasswd' }),
      fault: {
        code: policy,
        path: ['credentials', 0, 'usersFile'],
        message: 'this file names no user, so that nobody could ever log in',
        fix: 'Add a line made with: postern hash --user NAME',
        source: { file: 'empty.htpasswd' },
      },
    },
    {
      name: 'a file of users with a hash that cannot be used',
      options: one({ type: 'basic', usersFile: 'bad.htpasswd' }),
      fault: {
        code: 'ERR_POSTERN_HASH',
        path: ['credentials', 0, 'usersFile'],
        message: 'the hash of "prom" is not a password hash but something else',
        fix: hashMend,
        source: { file: 'bad.htpasswd', line: 1, column: 6 },
      },
    },
    ...['', 'a"b', 'x'.repeat(65), 7].flatMap((text) => [
      {
        name: `the realm ${JSON.stringify(text)} of basic`,
        options: one({ type: 'basic', users: { prom: hash }, realm: text }),
        fault: realm,
      },
      {
        name: `the realm ${JSON.stringify(text)} of bearer`,
        options: one({ type: 'bearer', tokens: [{ name: 'a', token }], realm: text }),
        fault: realm,
      },
    ]),
    { name: 'bearer without tokens', options: one({ type: 'bearer' }), fault: noToken },
    { name: 'bearer with no token', options: tokens(), fault: noToken },
    { name: 'a token without a name', options: tokens({ token }), fault: tokenName },
    { name: 'a token with an empty name', options: tokens({ name: '', token }), fault: tokenName },
    { name: 'a digest that is none', options: tokens({ name: 'a', sha256: 'abc' }), fault: digest('a') },
    { name: 'a digest with a line end', options: tokens({ name: 'a', sha256: `${digestToken(token)}\n` }), fault: digest('a') },
    { name: 'a digest that is no text', options: tokens({ name: 'a', sha256: 7 }), fault: digest('a') },
    { name: 'a token of 23 characters', options: tokens({ name: 'a', token: 'x'.repeat(23) }), fault: weakToken },
    { name: 'a token with a space', options: tokens({ name: 'a', token: `${token} ` }), fault: weakToken },
    {
      name: 'a token that is not set',
      options: tokens({ name: 'a', token: undefined }),
      fault: {
        code: 'ERR_POSTERN_TOKEN',
        path: ['credentials', 0, 'tokens', 0, 'token'],
        message: 'the token of "a" is missing',
        fix: 'Give it, or its digest as sha256; an environment variable that is not set is undefined.',
      },
    },

    {
      name: 'one token of two names',
      options: tokens({ name: 'a', token }, { name: 'b', sha256: digestToken(token) }),
      fault: {
        code: 'ERR_POSTERN_TOKEN',
        path: ['credentials', 0, 'tokens', 1],
        message: 'the token of "b" is also the token of "a"',
        fix: 'Give each name a token of its own, so that events tell them apart.',
      },
    },
    {
      name: 'a certificate without an authority',
      options: one({ type: 'client-certificate', names: ['a'] }),
      fault: {
        code: 'ERR_POSTERN_CERTIFICATE',
        path: ['credentials', 0, 'caFile'],
        message: 'this credential names no authority, and any public one would do',
        fix: 'Name the PEM file of the authority that issues your client certificates.',
      },
    },
    { name: 'an authority that is empty', options: certificate({ ca: '' }), fault: badAuthority('ca', 'ca') },
    { name: 'an authority that is a key', options: certificate({ ca: authority.key }), fault: badAuthority('ca', 'ca') },
    {
      name: 'a file of authorities that is empty',
      options: certificate({ ca: undefined, caFile: 'empty.crt' }),
      fault: badAuthority('empty.crt', 'caFile'),
    },
    {
      name: 'a bundle with a damaged authority',
      options: certificate({ ca: authority.cert + second.cert.replace(/\n\w{8}/, '\n!') }),
      fault: badAuthority('ca', 'ca'),
    },
    {
      name: 'a bundle whose last authority was cut off',
      options: certificate({ ca: authority.cert + second.cert.slice(0, 300) }),
      fault: badAuthority('ca', 'ca'),
    },
    {
      name: 'a bundle whose first authority was cut off',
      options: certificate({ ca: `${second.cert.slice(0, 300)}\n${authority.cert}` }),
      fault: badAuthority('ca', 'ca'),
    },
    { name: 'a certificate without names', options: certificate({ names: undefined }), fault: noName },
    { name: 'a certificate with no name', options: certificate({ names: [] }), fault: noName },
    ...['*', '', '10.0.0.0/8', '010.0.0.1'].map((text) => ({
      name: `the name "${text}"`,
      options: certificate({ names: ['prometheus.example', text] }),
      fault: certificateName(text),
    })),
  ])('$name', ({ options, fault }) => {
    expect(faultOf(() => compile(options))).toEqual(fault)
  })
})

describe('an option that does not exist', () => {
  const basic = { type: 'basic', users: { prom: hash } }
  test.each([
    {
      where: 'a policy',
      options: { credentials: 'none', adresses: { deny: ['10.0.0.0/8'] } },
      path: ['adresses'],
      known: 'credentials, addresses, proxies, rules, views, limits, responseHeaders',
    },
    {
      where: 'addresses',
      options: { credentials: 'none', addresses: { denied: [] } },
      path: ['addresses', 'denied'],
      known: 'allow, deny, unixSockets',
    },
    {
      where: 'basic',
      options: one({ ...basic, user_file: 'x' }),
      path: ['credentials', 0, 'user_file'],
      known: 'type, name, realm, users, usersFile, rememberSeconds',
    },
    { where: 'bearer', options: one({ type: 'bearer', token: [] }), path: ['credentials', 0, 'token'], known: 'type, name, realm, tokens' },
    {
      where: 'client-certificate',
      options: one({ type: 'client-certificate', ca: authority.cert, names: ['a'], sans: [] }),
      path: ['credentials', 0, 'sans'],
      known: 'type, name, ca, caFile, names, principal, crlFile, expiredCrl',
    },
  ])('is refused in $where and not passed over', ({ options, path, known }) => {
    const fault = faultOf(() => compile(options))
    expect(fault).toMatchObject({
      code: 'ERR_POSTERN_POLICY',
      path,
      message: `"${String(path.at(-1))}" is not an option here`,
      fix: `There are ${known}.`,
    })
  })
})
