/** Golden pairs: a policy as text, and what loading it says, whole. Lines are counted from 1; the policy is `postern.yaml`. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { errorToJson, formatError } from '../../src/commands/report.ts'
import { formatServedAddress } from '../../src/config/listen-address.ts'
import { loadConfig } from '../../src/config/load.ts'
import { asOrdinaryUser } from '../support/ordinary-user.ts'
import { DIGEST, HASH, type PolicyFolder, policyFolder } from '../support/policy-folder.ts'

interface Golden {
  readonly name: string
  readonly policy: string | Uint8Array
  /** The compiled policy in one line, or the fault as a terminal shows it. */
  readonly says: string
}

interface Parts {
  readonly listen?: string
  readonly routes?: string
  readonly guard?: string
  readonly more?: string
}

/** Lines 1 and 2 are `listen` and `routes`, `guard` starts on line 3, and what else there is comes after. */
function policy({ listen = 'listen: [localhost:9843]', routes = ROUTES, guard = 'guard: {credentials: none}', more = '' }: Parts): string {
  return `${listen}\n${routes}\n${guard}\n${more}`
}

const ROUTES = 'routes: [{path: /metrics, upstream: "http://127.0.0.1:8080"}]'
const route = (path: string, upstream = 'http://127.0.0.1:8080'): string => `routes: [{path: ${path}, upstream: "${upstream}"}]`
const credential = (text: string): string => `guard:\n  credentials:\n    - ${text}`

const COMPILED = 'localhost:9843 plain; /metrics > http://127.0.0.1:8080/metrics; open'
/** What no message may hold, wherever a policy has it. */
const SECRETS = [HASH.slice(7), DIGEST.slice(0, 16), 'canary']

let folder: PolicyFolder
beforeAll(async () => {
  folder = await policyFolder()
})
afterAll(() => folder[Symbol.asyncDispose]())

function load(content: string | Uint8Array, options: { readonly listen?: readonly string[]; readonly upstream?: string } = {}): string {
  try {
    const { listen, tls, routes, guard, warnings } = loadConfig({ file: folder.policy(content), ...options })
    return [
      `${listen.map(formatServedAddress).join(' ')} ${tls ? String(tls.options.minVersion) : 'plain'}`,
      ...routes.map(({ path, upstream }) => `${path} > ${upstream.href}`),
      guard.authenticates ? 'guarded' : 'open',
      ...warnings.map((warning) => `warning: ${warning.replaceAll(folder.path, 'DIR')}`),
    ].join('; ')
  } catch (error) {
    const json = JSON.stringify(errorToJson(error))
    for (const secret of SECRETS) expect(json).not.toContain(secret)
    return formatError(error, folder.path).replaceAll(folder.path, 'DIR')
  }
}

const GOLDEN: Golden[] = []

function judge(rows: readonly Golden[]): void {
  GOLDEN.push(...rows)
  test.each(rows)('$name', ({ policy, says }) => {
    const said = load(policy)
    for (const secret of SECRETS) expect(said).not.toContain(secret)
    expect(said).toBe(says)
  })
}

describe('a policy compiles', () => {
  judge([
    { name: 'without TLS and credentials on loopback', policy: policy({}), says: COMPILED },
    {
      name: 'with a comment, a byte order mark and CRLF',
      policy: `\uFEFF# mine\r\n${policy({}).replaceAll('\n', '\r\n')}`,
      says: COMPILED,
    },
    { name: 'with --- before it and ... after it', policy: `---\n${policy({})}...\n`, says: COMPILED },
    {
      name: 'with anchors and a few aliases',
      policy: policy({ guard: 'guard: {credentials: none, addresses: {allow: &net [10.0.0.0/8], deny: [10.1.0.0/16]}}', more: '' }).replace(
        'deny: [10.1.0.0/16]',
        'deny: *net',
      ),
      says: COMPILED,
    },
    {
      name: 'with every key',
      policy: policy({
        listen: 'listen: [localhost:9843, "[::1]:9844", 0.0.0.0:9845, ":9846", "unix:/run/postern.sock"]',
        routes: 'routes: [{path: /metrics, upstream: "http://127.0.0.1:8080/"}, {path: /node/metrics, upstream: "https://h.example"}]',
        guard: `guard:
  credentials:
    - {type: basic, realm: mine, users_file: users, users: {joe: "${HASH}", ann: ["${HASH}", "${HASH}"], 7: "${HASH}"}}
    - {type: bearer, realm: mine, tokens_file: tokens.yaml, tokens: [{name: two, sha256: ${'a'.repeat(64)}}]}
    - {type: client-certificate, ca_file: ca.crt, names: [prometheus, 10.0.0.5]}
  addresses: {allow: [10.0.0.0/8, "::1"], deny: [10.1.0.0/16], unix_sockets: true}
  proxies: {trusted: [10.0.0.2, unix], header: forwarded}`,
        more: 'socket_mode: "0660"\nproxy_protocol: {trusted: [10.0.0.2, unix]}\ntls: {cert_file: server.crt, key_file: server.key, min_version: TLS13}\nallow_unauthenticated: false\nallow_plaintext: false',
      }),
      says: 'localhost:9843 [::1]:9844 0.0.0.0:9845 :9846 unix:/run/postern.sock TLSv1.3; /metrics > http://127.0.0.1:8080/; /node/metrics > https://h.example/node/metrics; guarded',
    },
    {
      name: 'with TLS 1.2 by default, and a warning for a key and a file of users that others can read',
      policy: policy({
        guard: credential('{type: basic, users_file: users.open}'),
        more: 'tls: {cert_file: server.crt, key_file: open.key}',
      }),
      says: `localhost:9843 TLSv1.2; /metrics > http://127.0.0.1:8080/metrics; guarded; warning: "DIR/open.key" can be read by other users of this machine: chmod 600 it; warning: "DIR/users.open" can be read by other users of this machine: chmod 600 it`,
    },
    {
      name: 'beyond loopback without credentials where the policy says so',
      policy: policy({ listen: 'listen: [0.0.0.0:9843]', more: 'allow_unauthenticated: true\nallow_plaintext: true' }),
      says: COMPILED.replace('localhost:9843', '0.0.0.0:9843'),
    },
    {
      name: 'beyond loopback with credentials and without TLS where the policy says so',
      policy: policy({
        listen: 'listen: [metrics.example:9843]',
        guard: credential('{type: bearer, tokens_file: tokens.yaml}'),
        more: 'allow_plaintext: true',
      }),
      says: 'metrics.example:9843 plain; /metrics > http://127.0.0.1:8080/metrics; guarded',
    },
    {
      name: 'with an address of loopback, a free port, and an upstream on another host with the same port',
      policy: policy({ listen: 'listen: [127.0.0.9:0, "[0:0::1]:9843", LocalHost:80]', routes: route('/', 'http://127.0.0.9:80/metrics') }),
      says: '127.0.0.9:0 [::1]:9843 localhost:80 plain; / > http://127.0.0.9/metrics; open',
    },
  ])
})

describe('YAML that is none', () => {
  judge([
    {
      name: 'an empty file',
      policy: '',
      says: 'postern.yaml: this file is empty. Write its keys, or make a whole one with: postern init (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'nothing but comments',
      policy: '# later\n',
      says: 'postern.yaml: this file is empty. Write its keys, or make a whole one with: postern init (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'several documents',
      policy: `${policy({})}---\nlisten: []\n`,
      says: 'postern.yaml:4:1: this file holds several YAML documents. Keep one, without --- between. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a key that stands twice',
      policy: policy({ more: 'listen: []' }),
      says: 'postern.yaml:4:1: this key stands twice in its mapping. Keep one of the two. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a nested key that stands twice',
      policy: policy({ guard: 'guard: {credentials: none, credentials: none}' }),
      says: 'postern.yaml:3:28: this key stands twice in its mapping. Keep one of the two. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a tab that indents',
      policy: 'listen:\n\t- localhost:9843\n',
      says: 'postern.yaml:2:1: a tab indents this line, and YAML allows only spaces. Indent it with spaces. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'an open quote, whatever stands in it',
      policy: `listen: "${HASH}\n`,
      says: 'postern.yaml:1:9: this text starts with a quote and never ends. Write the same quote behind its last letter. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a text after a value, whatever it is',
      policy: `listen: "x" ${HASH}\n`,
      says: 'postern.yaml:1:13: something stands here behind a value that has ended. Take it out, or put the whole value in one pair of quotes. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a bracket out of place',
      policy: `]${HASH}\n`,
      says: 'postern.yaml:1:1: a bracket closes here that none has opened. Take it out, or write the one that opens it. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a text behind a block sign',
      policy: `listen: |${HASH}\n`,
      says: 'postern.yaml:1:10: something stands behind the sign | or >, and the text starts on the next line. Put the value in quotes instead. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a missing comma',
      policy: 'listen: ["a" "b"]\n',
      says: 'postern.yaml:1:14: two values stand side by side in brackets. Write a comma between them. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'an escape that does not exist',
      policy: 'listen: "\\qcanary"\n',
      says: 'postern.yaml:1:10: a backslash in double quotes starts an escape that YAML does not have. Write the backslash twice, or use single quotes. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a tag',
      policy: 'listen: !canary x\n',
      says: 'postern.yaml:1:9: this tag is unknown, and a value needs none here. Take out the word with the !. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a directive',
      policy: '%canary\n---\nlisten: x\n',
      says: 'postern.yaml:1:1: this line is a directive, and a configuration needs none. Take the line out. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'an alias without its anchor',
      policy: 'listen: *canary\n',
      says: 'postern.yaml:1:9: this alias has no anchor before it. Write the value out. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'an alias bomb',
      policy: `a: &a [x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b]\nlisten: [*c, *c, *c, *c]\n`,
      says: 'postern.yaml: aliases in this file unfold to more than a configuration can hold. Write the values out. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a key that JavaScript would lose',
      policy: policy({ guard: credential(`{type: basic, users: {joe: "${HASH}", __proto__: "${HASH}"}}`) }),
      says: 'postern.yaml:5:98: "__proto__" cannot be a key. Take it out. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a list as a key',
      policy: '? [a]\n: x\n',
      says: 'postern.yaml:1:3: a key is a text, and this one is not. Write one word and a colon. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'bytes that are not UTF-8',
      policy: Buffer.from('listen: caf\u00E9\n', 'latin1'),
      says: 'postern: the configuration file "DIR/postern.yaml" is not UTF-8 text. Save it as UTF-8. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'UTF-16',
      policy: Buffer.from('\uFEFFlisten: x\n', 'utf16le'),
      says: 'postern: the configuration file "DIR/postern.yaml" is not UTF-8 text. Save it as UTF-8. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'an item that is indented less than its list',
      policy: 'listen:\n  - localhost:1\n - canary\n',
      says: 'postern.yaml:3:2: this line starts in column 2, and the lines around it in column 3. Indent them alike. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'an item of mappings that is indented less than its list',
      policy: credential(`{type: basic, users_file: users}\n   - type: bearer\n     tokens: [{name: a, sha256: ${DIGEST}}]`),
      says: 'postern.yaml:4:4: this line starts in column 4, and the lines around it in column 5. Indent them alike. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a key that is indented less than those before it',
      policy: 'guard:\n   credentials: none\n  addresses: {}\n',
      says: 'postern.yaml:3:3: this line starts in column 3, and the lines around it in column 4. Indent them alike. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a key that is indented more than those before it',
      policy: 'routes:\n  - path: /metrics\n     upstream: canary\n',
      says: 'postern.yaml:3:6: this line starts in column 6, and the lines around it in column 5. Indent them alike. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a key that is indented less than its item',
      policy: 'routes:\n  - path: /metrics\n   upstream: canary\n',
      says: 'postern.yaml:3:4: this line starts in column 4, and the lines around it in column 5. Indent them alike. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a hash that is indented less than those before it',
      policy: credential(`type: basic\n      users:\n        ann: ${HASH}\n       joe: ${HASH}`),
      says: 'postern.yaml:6:8: this line starts in column 8, and the lines around it in column 9. Indent them alike. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a space before the first line',
      policy: ' listen: [localhost:9843]\nroutes: []\n',
      says: 'postern.yaml:1:2: this line starts in column 2, and the lines around it in column 1. Indent them alike. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a space before the second line, among comments',
      policy: '# mine\n\nlisten: [localhost:9843]\n# canary\n routes: []\n',
      says: 'postern.yaml:5:2: this line starts in column 2, and the lines around it in column 1. Indent them alike. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a key among the items of a list',
      policy: 'listen:\n  - localhost:1\n  routes: []\n',
      says: 'postern.yaml:3:1: this line starts in a column where nothing that it could belong to starts. Compare its indentation with that of the lines above it. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'an open single quote, told where it opens',
      policy: `listen: ['canary]\n${ROUTES}\n`,
      says: 'postern.yaml:1:10: this text starts with a quote and never ends. Write the same quote behind its last letter. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'an open bracket',
      policy: 'listen: [localhost:1\nroutes: []\n',
      says: 'postern.yaml:2:1: a bracket that opened before this place is still open. Close it, or indent its lines deeper than the key it belongs to. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'an empty place in brackets',
      policy: 'listen: [a, , canary]\n',
      says: 'postern.yaml:1:13: nothing stands before this comma. Take the comma out, or write what is missing. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a line without a colon',
      policy: 'listen: [a]\ncanary\nroutes: []\n',
      says: 'postern.yaml:2:1: this is no key with a colon and a space behind it. Write it as KEY: VALUE, with a space behind the colon. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a colon without a space',
      policy: 'listen:[canary]\nroutes: []\n',
      says: 'postern.yaml:1:1: this is no key with a colon and a space behind it. Write it as KEY: VALUE, with a space behind the colon. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a key behind a key',
      policy: 'listen: canary: b\n',
      says: 'postern.yaml:1:9: a colon and a space stand inside this value, as behind a key. Put the value in quotes, or start the key on a line of its own. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a text that starts with a sign of YAML',
      policy: 'listen: @canary\n',
      says: 'postern.yaml:1:9: a text without quotes cannot start with this sign. Put the text in quotes. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a comment without a space before it',
      policy: `listen: "x"#${HASH}\n`,
      says: 'postern.yaml:1:12: a # stands directly behind a value. Write a space before it, or put the whole value in quotes. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'two anchors',
      policy: 'listen: &a &b canary\n',
      says: 'postern.yaml:1:12: this is not YAML: a node can have at most one anchor. Look at the indentation, quotes, brackets and colons of this line and of the one above it. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a dash beside a key',
      policy: 'listen: - canary\n',
      says: 'postern.yaml:1:9: a dash stands on the line of its key. Start the list on the next line. (ERR_POSTERN_CONFIG)',
    },
  ])
})

describe('keys', () => {
  judge([
    {
      name: 'an unknown one',
      policy: policy({ more: 'lisen: []' }),
      says: 'postern.yaml:4:1 lisen: "lisen" is not a key here. Take it out: "listen" stands here already. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a misspelt one is told before those that are missing for it',
      policy: 'lisen: []\n',
      says: 'postern.yaml:1:1 lisen: "lisen" is not a key here (1 more fault after this one). Write "listen". (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a number as one',
      policy: policy({ more: '5: x' }),
      says: 'postern.yaml:4:1 5: "5" is not a key here. Take it out, or write one of these: listen, socket_mode, proxy_protocol, tls, routes, web_config_file, guard, allow_unauthenticated, allow_plaintext. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a merge key, which YAML 1.2 does not have',
      policy: policy({ more: '<<: {}' }),
      says: 'postern.yaml:4:1 <<: "<<" is not a key here. Take it out, or write one of these: listen, socket_mode, proxy_protocol, tls, routes, web_config_file, guard, allow_unauthenticated, allow_plaintext. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'an unknown nested one',
      policy: policy({ guard: 'guard: {credentials: none, adresses: {}}' }),
      says: 'postern.yaml:3:28 guard.adresses: "adresses" is not a key here. Write "addresses". (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'an unknown one inside a credential',
      policy: policy({ guard: credential('{type: basic, pasword: canary}') }),
      says: 'postern.yaml:5:21 guard.credentials[0].pasword: "pasword" is not a key here. Take it out, or write one of these: type, name, realm, users_file, users, remember_seconds. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'one of another type of credential',
      policy: policy({ guard: credential('{type: bearer, users: {}}') }),
      says: 'postern.yaml:5:22 guard.credentials[0].users: "users" is not a key here. Take it out, or write one of these: type, name, realm, tokens_file, tokens. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'an unknown one inside a token',
      policy: policy({ guard: credential('{type: bearer, tokens: [{name: a, token: canary}]}') }),
      says: 'postern.yaml:5:41 guard.credentials[0].tokens[0].token: "token" is not a key here (1 more fault after this one). Take it out, or write one of these: name, sha256, groups, not_before, expires, addresses, rules. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'an unknown one inside a file of tokens',
      policy: policy({ guard: credential('{type: bearer, tokens_file: tokens-unknown.yaml}') }),
      says: 'tokens-unknown.yaml:3:5 guard.credentials[0].tokens_file: "sha257" is not a key here. Write "sha256". (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a missing one',
      policy: 'listen: [localhost:9843]\nguard: {credentials: none}\n',
      says: 'postern.yaml:1:1: the key "routes" is missing. Add it: routes: [{path: /metrics, upstream: "http://127.0.0.1:8080/metrics"}] (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a missing nested one',
      policy: policy({ routes: 'routes:\n  - path: /metrics' }),
      says: 'postern.yaml:3:5 routes[0]: the key "upstream" is missing. Add it: upstream: http://127.0.0.1:8080/metrics (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'two that are wrong',
      policy: policy({ more: 'tsl: {}\nallow_plain: true' }),
      says: 'postern.yaml:4:1 tsl: "tsl" is not a key here (1 more fault after this one). Write "tls". (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a misspelt one beside another fault',
      policy: 'listen: [localhost:9843]\ngaurd: {credentials: none}\n',
      says: 'postern.yaml:2:1 gaurd: "gaurd" is not a key here (1 more fault after this one). Write "guard". (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'one that begins like a known one',
      policy: policy({ guard: credential('{type: client-certificate, ca: ca.crt, names: [a]}') }),
      says: 'postern.yaml:5:34 guard.credentials[0].ca: "ca" is not a key here. Write "ca_file". (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'one that begins like two known ones',
      policy: policy({ more: 'allow: []' }),
      says: 'postern.yaml:4:1 allow: "allow" is not a key here. Take it out, or write one of these: listen, socket_mode, proxy_protocol, tls, routes, web_config_file, guard, allow_unauthenticated, allow_plaintext. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'one that goes on where a known one ends',
      policy: policy({ more: 'tls_files: {}' }),
      says: 'postern.yaml:4:1 tls_files: "tls_files" is not a key here. Write "tls". (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'one that looks like another that is there',
      policy: policy({ guard: credential('{type: basic, users_file: users, users_files: [a]}') }),
      says: 'postern.yaml:5:40 guard.credentials[0].users_files: "users_files" is not a key here. Take it out: "users_file" stands here already. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'one as code spells it',
      policy: policy({ more: 'tls: {certFile: a, key_file: b}' }),
      says: 'postern.yaml:4:7 tls.certFile: "certFile" is not a key here. Write "cert_file". (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a digest for one',
      policy: policy({ guard: credential(`{type: bearer, tokens: [{${DIGEST}: a}]}`) }),
      says: 'postern.yaml:5:32 guard.credentials[0].tokens[0]: this is not a key here (2 more faults after this one). Take it out, or write one of these: name, sha256, groups, not_before, expires, addresses, rules. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a hash for one',
      policy: policy({ guard: credential(`{type: basic, "${HASH}": joe}`) }),
      says: 'postern.yaml:5:21 guard.credentials[0]: this is not a key here. Take it out, or write one of these: type, name, realm, users_file, users, remember_seconds. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'no guard',
      policy: `listen: [localhost:9843]\n${ROUTES}\n`,
      says: 'postern.yaml:1:1: the key "guard" is missing. Add it: guard: {credentials: [{type: basic, users_file: secrets/users.htpasswd}]} (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a missing digest',
      policy: policy({ guard: credential('{type: bearer, tokens: [{name: a}]}') }),
      says: 'postern.yaml:5:31 guard.credentials[0].tokens[0]: the key "sha256" is missing. Add it: sha256: DIGEST, where DIGEST is the output of: sha256sum FILE, and FILE has the token and no line end (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a missing file of an authority',
      policy: policy({ guard: credential('{type: client-certificate, names: [a]}') }),
      says: 'postern.yaml:5:7 guard.credentials[0]: the key "ca_file" is missing. Add it: ca_file: tls/ca.crt (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a user without a name',
      policy: policy({ guard: credential(`{type: basic, users: {"": "${HASH}"}}`) }),
      says: 'postern.yaml:5:29 guard.credentials[0].users: the name of a user is empty. Write the name before the colon. (ERR_POSTERN_CONFIG)',
    },
  ])
})

describe('types', () => {
  judge([
    {
      name: 'a text for the whole file',
      policy: 'canary\n',
      says: 'postern.yaml:1:1: this is a text, and a mapping with the keys listen, socket_mode, proxy_protocol, tls, routes, web_config_file, guard, allow_unauthenticated, allow_plaintext is wanted here. Write its keys, each with a colon and its value. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a list for the whole file',
      policy: '- listen\n',
      says: 'postern.yaml:1:1: this is a list, and a mapping with the keys listen, socket_mode, proxy_protocol, tls, routes, web_config_file, guard, allow_unauthenticated, allow_plaintext is wanted here. Write its keys, each with a colon and its value. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a text for listen',
      policy: policy({ listen: 'listen: localhost:9843' }),
      says: 'postern.yaml:1:9 listen: "localhost:9843" is a text, and a list of addresses is wanted here. Write [localhost:9843]. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'nothing for listen',
      policy: policy({ listen: 'listen:' }),
      says: 'postern.yaml:1:8 listen: nothing stands here, and a list of addresses is wanted here. Write it like: listen: [localhost:9843] (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'an empty list for listen',
      policy: policy({ listen: 'listen: []' }),
      says: 'postern.yaml:1:1 listen: this list is empty. Write it like: listen: [localhost:9843] (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a number for an address',
      policy: policy({ listen: 'listen: [9843]' }),
      says: 'postern.yaml:1:10 listen[0]: 9843 is a number, and a text is wanted here. Write it like: localhost:9843 (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'an empty text for an address',
      policy: policy({ listen: 'listen: [""]' }),
      says: 'postern.yaml:1:10 listen[0]: this text is empty. Write it like: localhost:9843 (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a list that holds itself',
      policy: policy({ listen: 'listen: &a [*a]' }),
      says: 'postern.yaml:1:13 listen[0]: this is a list, and a text is wanted here. Write it like: localhost:9843 (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a text for routes',
      policy: policy({ routes: 'routes: /metrics' }),
      says: 'postern.yaml:2:9 routes: this is a text, and a list of routes is wanted here. Write it like: routes: [{path: /metrics, upstream: "http://127.0.0.1:8080/metrics"}] (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'an empty list of routes',
      policy: policy({ routes: 'routes: []' }),
      says: 'postern.yaml:2:1 routes: this list is empty. Write it like: routes: [{path: /metrics, upstream: "http://127.0.0.1:8080/metrics"}] (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a text for a route',
      policy: policy({ routes: 'routes: [/metrics]' }),
      says: 'postern.yaml:2:10 routes[0]: this is a text, and a mapping with the keys path, upstream is wanted here. Write it like: {path: /metrics, upstream: "http://127.0.0.1:8080/metrics"} (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a number for an upstream',
      policy: policy({ routes: 'routes: [{path: /metrics, upstream: 8080}]' }),
      says: 'postern.yaml:2:37 routes[0].upstream: 8080 is a number, and a text is wanted here. Write it like: upstream: http://127.0.0.1:8080/metrics (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'nothing for tls',
      policy: policy({ more: 'tls:' }),
      says: 'postern.yaml:4:5 tls: nothing stands here, and a mapping with the keys cert_file, key_file, certificates, min_version, max_version, cipher_suites, curves, prefer_server_cipher_suites is wanted here. Write it like: tls: {cert_file: tls/server.crt, key_file: tls/server.key} (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'an old version of TLS',
      policy: policy({ more: 'tls: {cert_file: a, key_file: b, min_version: TLS10}' }),
      says: 'postern.yaml:4:47 tls.min_version: "TLS10" is not TLS12 or TLS13. Write TLS12 or TLS13. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a list for guard',
      policy: policy({ guard: 'guard: []' }),
      says: 'postern.yaml:3:1 guard: this is a list, and a mapping with the keys credentials, addresses, proxies, rules, views, limits, response_headers is wanted here. Write it like: guard: {credentials: [{type: basic, users_file: secrets/users.htpasswd}]} (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a word for the credentials',
      policy: policy({ guard: 'guard: {credentials: canary}' }),
      says: 'postern.yaml:3:22 guard.credentials: this is a text, and a list of credentials or the word none is wanted here. Write it like: credentials: [{type: basic, users_file: secrets/users.htpasswd}] (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'no credentials where the key is left out',
      policy: policy({ guard: 'guard: {}' }),
      says: 'postern.yaml:3:1 guard: the key "credentials" is missing. Add it: credentials: [{type: basic, users_file: secrets/users.htpasswd}] (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a word for one credential',
      policy: policy({ guard: credential('canary') }),
      says: 'postern.yaml:5:7 guard.credentials[0]: this is a text, and a mapping with a type of credential is wanted here. Write it like: {type: basic, users_file: secrets/users.htpasswd} (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'an unknown type of credential',
      policy: policy({ guard: credential('{type: basik}') }),
      says: 'postern.yaml:5:14 guard.credentials[0].type: "basik" is not a type of credential. Write basic. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a mapping for the type of a credential',
      policy: policy({ guard: credential('{type: {basic: canary}}') }),
      says: 'postern.yaml:5:8 guard.credentials[0].type: this is a mapping, and a type of credential is wanted here. Write it like: type: basic (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a credential without a type',
      policy: policy({ guard: credential('{users_file: users}') }),
      says: 'postern.yaml:5:7 guard.credentials[0]: the key "type" is missing. Add it: type: basic (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a list of users',
      policy: policy({ guard: credential(`{type: basic, users: ["joe:${HASH}"]}`) }),
      says: 'postern.yaml:5:21 guard.credentials[0].users: this is a list, and a mapping of users to hashes is wanted here. Write it like: users: {prometheus: HASH}, where HASH is the output of: postern hash (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a number for a hash',
      policy: policy({ guard: credential('{type: basic, users: {joe: 5}}') }),
      says: 'postern.yaml:5:34 guard.credentials[0].users.joe: this is a number, and a password hash or a list of them is wanted here. Make a hash with: postern hash (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a number among hashes',
      policy: policy({ guard: credential(`{type: basic, users: {joe: ["${HASH}", 5]}}`) }),
      says: 'postern.yaml:5:99 guard.credentials[0].users.joe[1]: this is a number, and a text is wanted here. Make a hash with: postern hash (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a number for a realm',
      policy: policy({ guard: credential('{type: basic, realm: 1, users_file: users}') }),
      says: 'postern.yaml:5:28 guard.credentials[0].realm: 1 is a number, and a text is wanted here. Put it in quotes: "1". (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a number for a digest',
      policy: policy({ guard: credential('{type: bearer, tokens: [{name: a, sha256: 12345}]}') }),
      says: 'postern.yaml:5:49 guard.credentials[0].tokens[0].sha256: this is a number, and a text is wanted here. Put it in quotes. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a mapping of tokens',
      policy: policy({ guard: credential('{type: bearer, tokens: {a: canary}}') }),
      says: 'postern.yaml:5:22 guard.credentials[0].tokens: this is a mapping, and a list of tokens is wanted here. Write it like: tokens: [{name: prometheus, sha256: DIGEST}], where DIGEST is the output of: sha256sum FILE, and FILE has the token and no line end (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a text for names',
      policy: policy({ guard: credential('{type: client-certificate, ca_file: ca.crt, names: prometheus}') }),
      says: 'postern.yaml:5:58 guard.credentials[0].names: "prometheus" is a text, and a list of texts or the word any is wanted here. Write it like: names: [prometheus] (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a text for networks',
      policy: policy({ guard: 'guard: {credentials: none, addresses: {allow: 10.0.0.0/8}}' }),
      says: 'postern.yaml:3:47 guard.addresses.allow: "10.0.0.0/8" is a text, and a list of texts is wanted here. Write [10.0.0.0/8]. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a word for true',
      policy: policy({ more: 'allow_plaintext: yes' }),
      says: 'postern.yaml:4:18 allow_plaintext: "yes" is a text, and true or false is wanted here. Write true or false, without quotes. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a mapping for the credentials',
      policy: policy({ guard: 'guard: {credentials: {type: basic, users_file: canary}}' }),
      says: 'postern.yaml:3:9 guard.credentials: this is a mapping, and a list of credentials or the word none is wanted here. Write it like: credentials: [{type: basic, users_file: secrets/users.htpasswd}] (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a truth value for a file',
      policy: policy({ guard: credential('{type: basic, users_file: true}') }),
      says: 'postern.yaml:5:33 guard.credentials[0].users_file: true is a truth value, and a text is wanted here. Put it in quotes: "true". (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a number as the file spells it',
      policy: policy({ more: 'tls: {cert_file: 0x1F, key_file: b}' }),
      says: 'postern.yaml:4:18 tls.cert_file: 0x1F is a number, and a text is wanted here. Put it in quotes: "0x1F". (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a list for a file',
      policy: policy({ more: 'tls: {cert_file: [canary], key_file: b}' }),
      says: 'postern.yaml:4:7 tls.cert_file: this is a list, and a text is wanted here. Write it like: cert_file: tls/server.crt (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'nothing for a file',
      policy: policy({ more: 'tls: {cert_file: , key_file: b}' }),
      says: 'postern.yaml:4:18 tls.cert_file: nothing stands here, and a text is wanted here. Write it like: cert_file: tls/server.crt (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'an empty text for a file',
      policy: policy({ more: 'tls: {cert_file: "", key_file: b}' }),
      says: 'postern.yaml:4:18 tls.cert_file: this text is empty. Write it like: cert_file: tls/server.crt (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a number for a path',
      policy: policy({ routes: 'routes: [{path: 1, upstream: "http://127.0.0.1:8080"}]' }),
      says: 'postern.yaml:2:17 routes[0].path: 1 is a number, and a text is wanted here. Write it like: path: /metrics (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a number for a version of TLS',
      policy: policy({ more: 'tls: {cert_file: a, key_file: b, min_version: 1.3}' }),
      says: 'postern.yaml:4:47 tls.min_version: 1.3 is not TLS12 or TLS13. Write TLS12 or TLS13. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a text with signs of YAML for names',
      policy: policy({ guard: credential('{type: client-certificate, ca_file: ca.crt, names: "a, b: c"}') }),
      says: 'postern.yaml:5:58 guard.credentials[0].names: "a, b: c" is a text, and a list of texts or the word any is wanted here. Write it like: names: [prometheus] (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a text of an IPv6 address for networks',
      policy: policy({ guard: 'guard: {credentials: none, addresses: {deny: "::1"}}' }),
      says: 'postern.yaml:3:46 guard.addresses.deny: "::1" is a text, and a list of texts is wanted here. Write ["::1"]. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a digest for names',
      policy: policy({ guard: credential(`{type: client-certificate, ca_file: ca.crt, names: ${DIGEST}}`) }),
      says: 'postern.yaml:5:58 guard.credentials[0].names: this is a text, and a list of texts or the word any is wanted here. Write it like: names: [prometheus] (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a URL with a password for listen',
      policy: policy({ listen: 'listen: http://joe:canary@127.0.0.1' }),
      says: 'postern.yaml:1:9 listen: this is a text, and a list of addresses is wanted here. Write it like: listen: [localhost:9843] (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'an empty hash',
      policy: policy({ guard: credential('{type: basic, users: {joe: ""}}') }),
      says: 'postern.yaml:5:34 guard.credentials[0].users.joe: this text is empty. Make a hash with: postern hash (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a truth value for the hash of a user called listen',
      policy: policy({ guard: credential('{type: basic, users: {listen: true}}') }),
      says: 'postern.yaml:5:37 guard.credentials[0].users.listen: this is a truth value, and a password hash or a list of them is wanted here. Make a hash with: postern hash (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a text for tokens',
      policy: policy({ guard: credential(`{type: bearer, tokens: ${DIGEST}}`) }),
      says: 'postern.yaml:5:30 guard.credentials[0].tokens: this is a text, and a list of tokens is wanted here. Write it like: tokens: [{name: prometheus, sha256: DIGEST}], where DIGEST is the output of: sha256sum FILE, and FILE has the token and no line end (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a text for one token',
      policy: policy({ guard: credential(`{type: bearer, tokens: [${DIGEST}]}`) }),
      says: 'postern.yaml:5:31 guard.credentials[0].tokens[0]: this is a text, and a mapping with the keys name, sha256, groups, not_before, expires, addresses, rules is wanted here. Write it like: {name: prometheus, sha256: DIGEST}, where DIGEST is the output of: sha256sum FILE, and FILE has the token and no line end (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a number for the name of a token',
      policy: policy({ guard: credential('{type: bearer, tokens: [{name: 5, sha256: canary}]}') }),
      says: 'postern.yaml:5:38 guard.credentials[0].tokens[0].name: this is a number, and a text is wanted here. Put it in quotes. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'an unknown type of credential, like none that is known',
      policy: policy({ guard: credential('{type: password}') }),
      says: 'postern.yaml:5:14 guard.credentials[0].type: "password" is not a type of credential. Write basic, bearer, jwt, client-certificate or kubernetes. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a digest for the type of a credential',
      policy: policy({ guard: credential(`{type: ${DIGEST}}`) }),
      says: 'postern.yaml:5:14 guard.credentials[0].type: this is not a type of credential. Write basic, bearer, jwt, client-certificate or kubernetes. (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a hash for a user and a number for its hash',
      policy: policy({ guard: credential(`{type: basic, users: {"${HASH}": 5}}`) }),
      says: 'postern.yaml:5:93 guard.credentials[0].users: this is a number, and a password hash or a list of them is wanted here. Make a hash with: postern hash (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'two texts in one for networks',
      policy: policy({ guard: 'guard: {credentials: none, addresses: {allow: "10.0.0.0/8, fd00::/8"}}' }),
      says: 'postern.yaml:3:47 guard.addresses.allow: "10.0.0.0/8, fd00::/8" is a text, and a list of texts is wanted here. Write [10.0.0.0/8, fd00::/8]. (ERR_POSTERN_CONFIG)',
    },
  ])
})

describe('credentials and addresses', () => {
  judge([
    {
      name: 'an empty list',
      policy: policy({ guard: 'guard: {credentials: []}' }),
      says: `postern.yaml:3:9 guard.credentials: the policy names no credential, so that nobody could ever be proven. List one of type basic, bearer, jwt, client-certificate or kubernetes; or write 'none' to let everyone at an allowed address read. (ERR_POSTERN_POLICY)`,
    },
    {
      name: 'no user',
      policy: policy({ guard: credential('{type: basic, users: {}}') }),
      says: 'postern.yaml:5:21 guard.credentials[0].users: this credential names no user. Name one, inline or in a file; make a hash with: postern hash (ERR_POSTERN_POLICY)',
    },
    {
      name: 'a user with a colon',
      policy: policy({ guard: credential(`{type: basic, users: {"a:b": "${HASH}"}}`) }),
      says: 'postern.yaml:5:21 guard.credentials[0].users: the user name "a:b" holds a colon, where basic authentication ends it. Use another name. (ERR_POSTERN_POLICY)',
    },
    {
      name: 'a password for a hash',
      policy: policy({ guard: credential('{type: basic, users: {PromScraper: canary}}') }),
      says: 'postern.yaml:5:42 guard.credentials[0].users.PromScraper: this is not a password hash but something else. Make one with: postern hash, or htpasswd -B (ERR_POSTERN_HASH)',
    },
    {
      name: 'the second of two hashes',
      policy: policy({ guard: credential(`{type: basic, users: {joe: ["${HASH}", "$apr1$canary"]}}`) }),
      says: 'postern.yaml:5:29 guard.credentials[0].users.joe: this is not an apr1 hash but a damaged one (a whole one is $apr1$, 1 to 8 characters, $ and 22 characters). Make one with: postern hash, or htpasswd -B (ERR_POSTERN_HASH)',
    },
    {
      name: 'a hash that costs too much',
      policy: policy({ guard: credential(`{type: basic, users: {joe: "${HASH.replace('04', '31')}"}}`) }),
      says: 'postern.yaml:5:34 guard.credentials[0].users.joe: this is a bcrypt hash of cost 31, and each attempt would take minutes or more. Use a cost from 10 to 12, at most 16. (ERR_POSTERN_HASH)',
    },
    {
      name: 'a realm that cannot be quoted',
      policy: policy({ guard: credential(`{type: basic, realm: 'a"b', users_file: users}`) }),
      says: 'postern.yaml:5:28 guard.credentials[0].realm: the realm is empty, longer than 64 characters, or holds a quote, a backslash or a character beyond ASCII. Write a short name like metrics. (ERR_POSTERN_POLICY)',
    },
    {
      name: 'a hash of another kind in a file of users, at its line there',
      policy: policy({ guard: credential('{type: basic, users_file: users.bad}') }),
      says: 'users.bad:3:5 guard.credentials[0].users_file: the hash of "old" is not an apr1 hash but a damaged one (a whole one is $apr1$, 1 to 8 characters, $ and 22 characters). Make one with: postern hash, or htpasswd -B (ERR_POSTERN_HASH)',
    },
    {
      name: 'a torn hash in a file of users',
      policy: policy({ guard: credential('{type: basic, users_file: users.torn}') }),
      says: 'users.torn:1:12 guard.credentials[0].users_file: the hash of "prometheus" is not a bcrypt hash but a damaged or unknown kind of one (40 characters; a whole one has 60 and starts with $2a$, $2b$ or $2y$). Make one with: postern hash, or htpasswd -B (ERR_POSTERN_HASH)',
    },
    {
      name: 'a file of no users',
      policy: policy({ guard: credential('{type: basic, users_file: users.empty}') }),
      says: 'postern.yaml:5:33 guard.credentials[0].users_file: this file names no user, so that nobody could ever log in. Add a line made with: postern hash --user NAME (ERR_POSTERN_POLICY)',
    },
    {
      name: 'no token',
      policy: policy({ guard: credential('{type: bearer, tokens: []}') }),
      says: 'postern.yaml:5:22 guard.credentials[0].tokens: this credential names no token. List one as { name, sha256 }. (ERR_POSTERN_POLICY)',
    },
    {
      name: 'a file of no tokens',
      policy: policy({ guard: credential('{type: bearer, tokens_file: tokens-none.yaml}') }),
      says: 'tokens-none.yaml:1:1 tokens: this credential names no token. List one as { name, sha256 }. (ERR_POSTERN_POLICY)',
    },
    {
      name: 'a token for a digest',
      policy: policy({ guard: credential('{type: bearer, tokens: [{name: a, sha256: canary}]}') }),
      says: 'postern.yaml:5:49 guard.credentials[0].tokens[0].sha256: the digest of "a" is not 64 hexadecimal digits. Write the SHA-256 of the token, as printed by: sha256sum FILE, where FILE has no line end. (ERR_POSTERN_TOKEN)',
    },
    {
      name: 'a short digest in a file of tokens, at its line there',
      policy: policy({ guard: credential('{type: bearer, tokens_file: tokens-short.yaml}') }),
      says: 'tokens-short.yaml:3:13 tokens[0].sha256: the digest of "prometheus" is not 64 hexadecimal digits. Write the SHA-256 of the token, as printed by: sha256sum FILE, where FILE has no line end. (ERR_POSTERN_TOKEN)',
    },
    {
      name: 'a short digest in the policy beside a file of tokens',
      policy: policy({ guard: credential('{type: bearer, tokens_file: tokens.yaml, tokens: [{name: a, sha256: canary}]}') }),
      says: 'postern.yaml:5:75 guard.credentials[0].tokens[0].sha256: the digest of "a" is not 64 hexadecimal digits. Write the SHA-256 of the token, as printed by: sha256sum FILE, where FILE has no line end. (ERR_POSTERN_TOKEN)',
    },
    {
      name: 'one token under two names',
      policy: policy({ guard: credential(`{type: bearer, tokens_file: tokens.yaml, tokens: [{name: a, sha256: ${DIGEST}}]}`) }),
      says: 'postern.yaml:5:57 guard.credentials[0].tokens[0]: the token of "a" is also the token of "prometheus". Give each name a token of its own, so that events tell them apart. (ERR_POSTERN_TOKEN)',
    },
    {
      name: 'a certificate with a wildcard for a name',
      policy: policy({ guard: credential('{type: client-certificate, ca_file: ca.crt, names: [a, "*"]}') }),
      says: 'postern.yaml:5:62 guard.credentials[0].names[1]: "*" is not a name that a certificate carries. Write a DNS name, an address, an e-mail address or a URI; a star stands for a first label (*.example.com) or a last path (spiffe://x/ns/*). (ERR_POSTERN_POLICY)',
    },
    {
      name: 'a certificate without names',
      policy: policy({ guard: credential('{type: client-certificate, ca_file: ca.crt, names: []}') }),
      says: "postern.yaml:5:51 guard.credentials[0].names: this credential lists no name, and every certificate of the authority would do. List the subject alternative names of your scrapers, or write 'any'. (ERR_POSTERN_POLICY)",
    },
    {
      name: 'an authority without a certificate',
      policy: policy({ guard: credential('{type: client-certificate, ca_file: empty.pem, names: [a]}') }),
      says: 'postern.yaml:5:43 guard.credentials[0].ca_file: "DIR/empty.pem" holds no certificate that can be read. Give a PEM file that starts with -----BEGIN CERTIFICATE-----. (ERR_POSTERN_CERTIFICATE)',
    },
    {
      name: 'a network that is none',
      policy: policy({ guard: 'guard: {credentials: none, addresses: {allow: [10.0.0.0/8, 10.0.0/8]}}' }),
      says: 'postern.yaml:3:60 guard.addresses.allow[1]: "10.0.0/8" is not an address or CIDR block. Write it like 10.0.0.0/8, 192.0.2.7 or fd00::/8. (ERR_POSTERN_CIDR)',
    },
    {
      name: 'bits below the prefix',
      policy: policy({ guard: 'guard: {credentials: none, addresses: {deny: [10.0.0.1/8]}}' }),
      says: 'postern.yaml:3:47 guard.addresses.deny[0]: "10.0.0.1/8" has bits set below /8. Write 10.0.0.0/8 for the network, or 10.0.0.1/32 for the one host. (ERR_POSTERN_CIDR)',
    },
    {
      name: 'an empty list of allowed networks',
      policy: policy({ guard: 'guard: {credentials: none, addresses: {allow: []}}' }),
      says: 'postern.yaml:3:40 guard.addresses.allow: the list of allowed networks is empty, so that no address could ever be allowed. List a network, or leave "allow" out to allow every address that is not denied. (ERR_POSTERN_POLICY)',
    },
    {
      name: 'a user and a hash the other way round',
      policy: policy({ guard: credential(`{type: basic, users: {"${HASH}": joe}}`) }),
      says: 'postern.yaml:5:93 guard.credentials[0].users: this is not a password hash but something else. Make one with: postern hash, or htpasswd -B (ERR_POSTERN_HASH)',
    },
  ])
})

describe('files', () => {
  const NAME_IT =
    'Name an existing file; a relative path starts at the folder of the configuration file, and in code at the current one. (ERR_POSTERN_FILE)'
  const tls = (cert: string, key: string): string => policy({ more: `tls:\n  cert_file: ${cert}\n  key_file: ${key}` })
  judge([
    {
      name: 'a missing file of users',
      policy: policy({ guard: credential('{type: basic, users_file: nowhere}') }),
      says: `postern.yaml:5:33 guard.credentials[0].users_file: "DIR/nowhere" does not exist. ${NAME_IT}`,
    },
    {
      name: 'a folder for a file of users',
      policy: policy({ guard: credential('{type: basic, users_file: folder}') }),
      says: 'postern.yaml:5:33 guard.credentials[0].users_file: "DIR/folder" is not a file. Name a regular file. (ERR_POSTERN_FILE)',
    },
    {
      name: 'a missing file of tokens',
      policy: policy({ guard: credential('{type: bearer, tokens_file: nowhere}') }),
      says: 'postern.yaml:5:35 guard.credentials[0].tokens_file: the configuration file "DIR/nowhere" does not exist. Name an existing file, or make one with: postern init (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'a missing authority',
      policy: policy({ guard: credential('{type: client-certificate, ca_file: nowhere, names: [a]}') }),
      says: `postern.yaml:5:43 guard.credentials[0].ca_file: "DIR/nowhere" does not exist. ${NAME_IT}`,
    },
    {
      name: 'a missing certificate',
      policy: tls('nowhere', 'server.key'),
      says: `postern.yaml:5:14 tls.cert_file: "DIR/nowhere" does not exist. ${NAME_IT}`,
    },
    {
      name: 'a missing key',
      policy: tls('server.crt', 'nowhere'),
      says: `postern.yaml:6:13 tls.key_file: "DIR/nowhere" does not exist. ${NAME_IT}`,
    },
    {
      name: 'links that go round',
      policy: tls('round', 'server.key'),
      says: 'postern.yaml:5:14 tls.cert_file: "DIR/round" cannot be read (ELOOP). Name a file that this user can read. (ERR_POSTERN_FILE)',
    },
    {
      name: 'a key for a certificate',
      policy: tls('server.key', 'server.key'),
      says: 'postern.yaml:5:14 tls.cert_file: "DIR/server.key" holds no certificate that can be read. Give a PEM file that starts with -----BEGIN CERTIFICATE-----. (ERR_POSTERN_CERTIFICATE)',
    },
    {
      name: 'a certificate for a key',
      policy: tls('server.crt', 'server.crt'),
      says: 'postern.yaml:6:13 tls.key_file: "DIR/server.crt" holds no private key that can be read. Give a PEM file that starts with -----BEGIN PRIVATE KEY-----. (ERR_POSTERN_CERTIFICATE)',
    },
    {
      name: 'the key of another certificate',
      policy: tls('server.crt', 'other.key'),
      says: 'postern.yaml:6:13 tls.key_file: the key in "DIR/other.key" does not belong to the certificate in "DIR/server.crt". Name the key that the certificate was issued for. (ERR_POSTERN_CERTIFICATE)',
    },
    {
      name: 'an encrypted key',
      policy: tls('server.crt', 'encrypted.key'),
      says: 'postern.yaml:6:13 tls.key_file: the key in "DIR/encrypted.key" is encrypted. Decrypt it with: openssl pkey -in KEY -out NEW, and chmod 600 the result. (ERR_POSTERN_CERTIFICATE)',
    },
  ])

  test.each([
    {
      name: 'does not exist',
      file: 'nowhere',
      why: 'does not exist',
      fix: 'Name an existing file, or make one with: postern init',
    },
    { name: 'is a folder', file: 'folder', why: 'is a folder', fix: 'Name a file in it.' },
    { name: 'is links that go round', file: 'round', why: 'cannot be read (ELOOP)', fix: 'Name a file that can be read.' },
  ])('a policy that $name', ({ file, why, fix }) => {
    expect(() => loadConfig({ file: `${folder.path}/${file}` })).toThrow(
      expect.objectContaining({ code: 'ERR_POSTERN_CONFIG', message: `the configuration file "${folder.path}/${file}" ${why}`, fix }),
    )
  })

  test('a policy that this user may not read', ({ skip }) => {
    const file = folder.policy(policy({}))
    let error: unknown
    const tried = asOrdinaryUser(() => {
      try {
        loadConfig({ file })
      } catch (thrown) {
        error = thrown
      }
      return true
    })
    if (process.geteuid?.() !== 0 || tried === undefined) skip('this process is not root, or root that may not become another user')
    expect(formatError(error, folder.path).replaceAll(folder.path, 'DIR')).toBe(
      'postern: the configuration file "DIR/postern.yaml" may not be read by this user. Give this user the right to read it, or run as one that has it. (ERR_POSTERN_CONFIG)',
    )
  })
})

describe('upstreams and routes', () => {
  const SCHEME = 'Write it like http://127.0.0.1:8080/metrics. (ERR_POSTERN_UPSTREAM_URL)'
  const IN_IT =
    'has credentials in it, and a URL is shown in logs and lists of processes. Take them out, and bind the exporter to loopback instead. (ERR_POSTERN_UPSTREAM_URL)'
  const QUERY =
    'has a query or a fragment, which is no part of the address of an exporter. Leave out everything from ? or # on; a scraper sends its own parameters. (ERR_POSTERN_UPSTREAM_URL)'
  const AT = 'postern.yaml:2:37 routes[0].upstream:'
  const upstream = (url: string): string => policy({ routes: route('/metrics', url) })
  const PATH = "Write each path once, like /metrics: letters, digits and -._~!$&'()*+,=:@ between slashes. (ERR_POSTERN_CONFIG)"
  const LOOP = 'Name the address of the exporter, or listen on another port. (ERR_POSTERN_UPSTREAM_URL)'
  judge([
    { name: 'no URL', policy: upstream('127.0.0.1:8080'), says: `${AT} "127.0.0.1:8080" is not an http or https URL. ${SCHEME}` },
    {
      name: 'another scheme',
      policy: upstream('ftp://127.0.0.1/'),
      says: `${AT} "ftp://127.0.0.1/" is not an http or https URL. ${SCHEME}`,
    },
    {
      name: 'a port that is none',
      policy: upstream('http://127.0.0.1:99999'),
      says: `${AT} "http://127.0.0.1:99999" is not an http or https URL. ${SCHEME}`,
    },
    { name: 'credentials', policy: upstream('http://joe:canary@127.0.0.1/'), says: `${AT} "http://…@127.0.0.1/" ${IN_IT}` },
    { name: 'a user alone', policy: upstream('http://canary@127.0.0.1/'), says: `${AT} "http://…@127.0.0.1/" ${IN_IT}` },
    {
      name: 'a password with everything in it',
      policy: upstream('http://joe:canary@canary?canary#canary/@127.0.0.1/'),
      says: `${AT} "http://…@127.0.0.1/" ${IN_IT}`,
    },
    {
      name: 'credentials without a scheme',
      policy: upstream('joe:canary@127.0.0.1:80/'),
      says: `${AT} "joe:…@127.0.0.1:80/" is not an http or https URL. ${SCHEME}`,
    },
    { name: 'a query', policy: upstream('http://127.0.0.1/metrics?token=canary'), says: `${AT} "http://127.0.0.1/metrics?…" ${QUERY}` },
    { name: 'a fragment', policy: upstream('http://127.0.0.1/metrics#canary'), says: `${AT} "http://127.0.0.1/metrics#…" ${QUERY}` },
    { name: 'a lone question mark', policy: upstream('http://127.0.0.1/metrics?'), says: `${AT} "http://127.0.0.1/metrics?…" ${QUERY}` },
    {
      name: 'the gateway itself',
      policy: upstream('http://localhost:9843/metrics'),
      says: `${AT} the upstream "http://localhost:9843/metrics" is the gateway itself, which listens on localhost:9843. ${LOOP}`,
    },
    {
      name: 'the gateway by another spelling',
      policy: upstream('http://[::1]:9843'),
      says: `${AT} the upstream "http://[::1]:9843/metrics" is the gateway itself, which listens on localhost:9843. ${LOOP}`,
    },
    {
      name: 'the gateway on every address',
      policy: policy({
        listen: 'listen: [":80"]',
        routes: route('/m', 'http://127.0.0.53'),
        more: 'allow_unauthenticated: true\nallow_plaintext: true',
      }),
      says: 'postern.yaml:2:31 routes[0].upstream: the upstream "http://127.0.0.53/m" is the gateway itself, which listens on :80. Name the address of the exporter, or listen on another port. (ERR_POSTERN_UPSTREAM_URL)',
    },
    {
      name: 'the gateway by its https port and a dot',
      policy: policy({ listen: 'listen: ["localhost:443"]', routes: route('/m', 'https://localhost./m') }),
      says: 'postern.yaml:2:31 routes[0].upstream: the upstream "https://localhost./m" is the gateway itself, which listens on localhost:443. Name the address of the exporter, or listen on another port. (ERR_POSTERN_UPSTREAM_URL)',
    },
    {
      name: 'two routes with one path',
      policy: policy({ routes: 'routes:\n  - {path: /m, upstream: "http://a"}\n  - {path: /m, upstream: "http://b"}' }),
      says: `postern.yaml:4:12 routes[1].path: "/m" stands in two routes. ${PATH}`,
    },
    {
      name: 'a path without its slash',
      policy: policy({ routes: route('metrics') }),
      says: `postern.yaml:2:17 routes[0].path: "metrics" is not a path that means one thing to everyone. ${PATH}`,
    },
    {
      name: 'a path with an empty segment',
      policy: policy({ routes: route('//x') }),
      says: `postern.yaml:2:17 routes[0].path: "//x" is not a path that means one thing to everyone. ${PATH}`,
    },
    {
      name: 'a path with a dot segment',
      policy: policy({ routes: route('/a/../b') }),
      says: `postern.yaml:2:17 routes[0].path: "/a/../b" is not a path that means one thing to everyone. ${PATH}`,
    },
    {
      name: 'a path with a percent sign',
      policy: policy({ routes: route('/%6detrics') }),
      says: `postern.yaml:2:17 routes[0].path: "/%6detrics" is not a path that means one thing to everyone. ${PATH}`,
    },
    {
      name: 'a path with a query',
      policy: policy({ routes: route('/metrics?x=1') }),
      says: `postern.yaml:2:17 routes[0].path: "/metrics?x=1" is not a path that means one thing to everyone. ${PATH}`,
    },
  ])
})

describe('listeners', () => {
  const LIKE = 'Write it like localhost:9843, [::1]:9843 or 0.0.0.0:9843. (ERR_POSTERN_LISTEN_ADDRESS)'
  const listen = (text: string): string => policy({ listen: `listen: [localhost:1, "${text}"]` })
  const FORM = 'is neither HOST:PORT nor [IPV6]:PORT nor :PORT'
  const AT = 'postern.yaml:1:23 listen[1]:'
  const CREDENTIALS =
    'Add credentials, listen on localhost, or set allow_unauthenticated: true if everyone who reaches it may read. (ERR_POSTERN_OPEN)'
  const TLS =
    'Add a certificate and key, listen on localhost, or set allow_plaintext: true if something before it encrypts. (ERR_POSTERN_OPEN)'
  judge([
    ...[
      '9843',
      'localhost',
      'localhost:',
      '::1:9843',
      '[localhost]:9843',
      '[127.0.0.1]:9843',
      'http://localhost:9843',
      'a b:9843',
      'localhost:-1',
      '*:9843',
      'localhost:123456',
    ].map((text) => ({ name: `"${text}"`, policy: listen(text), says: `${AT} "${text}" ${FORM}. ${LIKE}` })),
    ...['010.0.0.1:1', '0x7f.1:1', '127.1:1', '256.0.0.1:1', '2130706433:1'].map((text) => ({
      name: `"${text}", which is an address to some and a name to others`,
      policy: listen(text),
      says: `${AT} "${text}" starts with neither a DNS name nor an IP address that others can dial. ${LIKE}`,
    })),
    {
      name: 'a port beyond the last',
      policy: listen('localhost:65536'),
      says: `${AT} "localhost:65536" has port 65536, and ports end at 65535. Write a port like 9843. (ERR_POSTERN_LISTEN_ADDRESS)`,
    },
    {
      name: 'beyond loopback without credentials',
      policy: listen('0.0.0.0:9843'),
      says: `${AT} the listener on "0.0.0.0" can be reached from other machines and asks for no credential. ${CREDENTIALS}`,
    },
    {
      name: 'on every address without credentials',
      policy: listen(':9843'),
      says: `${AT} the listener on ":9843" can be reached from other machines and asks for no credential. ${CREDENTIALS}`,
    },
    {
      name: 'on a link-local address without credentials',
      policy: listen('[fe80::1%eth0]:9843'),
      says: `${AT} the listener on "fe80::1%eth0" can be reached from other machines and asks for no credential. ${CREDENTIALS}`,
    },
    {
      name: 'beyond loopback without TLS',
      policy: policy({ listen: 'listen: [example.org:80]', guard: credential('{type: bearer, tokens_file: tokens.yaml}') }),
      says: `postern.yaml:1:10 listen[0]: the listener on "example.org" can be reached from other machines and speaks no TLS. ${TLS}`,
    },
    {
      name: 'beyond loopback without TLS, where only the want of credentials is allowed',
      policy: policy({ listen: 'listen: [0.0.0.0:1]', more: 'allow_unauthenticated: true' }),
      says: `postern.yaml:1:10 listen[0]: the listener on "0.0.0.0" can be reached from other machines and speaks no TLS. ${TLS}`,
    },
  ])
})

describe('options beside the policy', () => {
  const two = policy({ routes: 'routes: [{path: /a, upstream: "http://a"}, {path: /b, upstream: "http://b"}]' })
  test.each([
    {
      name: '--listen instead of the policy',
      policy: policy({}),
      options: { listen: ['127.0.0.1:0', '[::1]:0'] },
      says: COMPILED.replace('localhost:9843', '127.0.0.1:0 [::1]:0'),
    },
    {
      name: '--upstream instead of the policy',
      policy: policy({}),
      options: { upstream: 'http://127.0.0.1:9100' },
      says: COMPILED.replace('8080', '9100'),
    },
    {
      name: '--listen that is none',
      policy: policy({}),
      options: { listen: ['9843'] },
      says: '--listen: "9843" is neither HOST:PORT nor [IPV6]:PORT nor :PORT. Write it like localhost:9843, [::1]:9843 or 0.0.0.0:9843. (ERR_POSTERN_LISTEN_ADDRESS)',
    },
    {
      name: '--listen beyond loopback',
      policy: policy({}),
      options: { listen: ['[::]:0'] },
      says: '--listen: the listener on "::" can be reached from other machines and asks for no credential. Add credentials, listen on localhost, or set allow_unauthenticated: true if everyone who reaches it may read. (ERR_POSTERN_OPEN)',
    },
    {
      name: '--upstream with a password',
      policy: policy({}),
      options: { upstream: 'http://u:canary@h' },
      says: '--upstream: "http://…@h" has credentials in it, and a URL is shown in logs and lists of processes. Take them out, and bind the exporter to loopback instead. (ERR_POSTERN_UPSTREAM_URL)',
    },
    {
      name: '--upstream that is the gateway',
      policy: policy({}),
      options: { upstream: 'http://localhost:9843' },
      says: '--upstream: the upstream "http://localhost:9843/metrics" is the gateway itself, which listens on localhost:9843. Name the address of the exporter, or listen on another port. (ERR_POSTERN_UPSTREAM_URL)',
    },
    {
      name: '--upstream beside two routes',
      policy: two,
      options: { upstream: 'http://h' },
      says: 'postern: --upstream names one exporter, and DIR/postern.yaml has 2 routes. Change the upstreams in the file. (ERR_POSTERN_USAGE)',
    },
  ])('$name', ({ policy, options, says }) => {
    expect(load(policy, options)).toBe(says)
  })
})

test('no message names an option as code spells it', () => {
  // A word of the policy is repeated as it was written.
  const spelled = GOLDEN.flatMap(({ policy, says }) =>
    (says.match(/\b[a-z]+[A-Z]\w*/g) ?? []).filter((word) => !policy.toString().includes(word)),
  )
  expect([GOLDEN.length > 150, spelled]).toEqual([true, []])
})

test('no message sends its reader to a file that is not there', () => {
  expect(GOLDEN.filter(({ says }) => says.includes('docs/'))).toEqual([])
})
