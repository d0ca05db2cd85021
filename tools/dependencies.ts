/**
 * What each published package brings at run time: asserted by tools/check-dependencies, explained in docs/adr/0004.
 * A name that joins either list is a decision: someone else's code runs beside somebody's secrets.
 */

export interface DependencyList {
  /** Names in the package's own package.json. */
  readonly direct: readonly string[]
  /** Everything below those. Native builds of one platform are left out. */
  readonly transitive: readonly string[]
  /** Optional peers: whoever wants what they do installs them. They are here for the tests, and with all below them not counted. */
  readonly optional?: readonly string[]
}

/** What `@postern/guard` asks for by name when a policy has such a hash or such a URL, and not before. */
const GUARD_PEERS = ['@node-rs/argon2', 'ioredis'] as const

export const DEPENDENCIES = {
  '@postern/metrics': { direct: [], transitive: [] },
  '@postern/prom-client': { direct: ['@postern/metrics'], transitive: [] },
  '@postern/guard': { direct: ['@node-rs/bcrypt', 'jose', 'yaml'], transitive: [], optional: GUARD_PEERS },
  postern: {
    optional: GUARD_PEERS,
    direct: [
      '@clack/prompts',
      '@peculiar/x509',
      '@postern/guard',
      '@postern/metrics',
      'commander',
      'pino',
      'reflect-metadata',
      'undici',
      'yaml',
      'zod',
    ],
    transitive: [
      '@clack/core',
      '@node-rs/bcrypt',
      '@peculiar/asn1-asym-key',
      '@peculiar/asn1-cms',
      '@peculiar/asn1-csr',
      '@peculiar/asn1-ecc',
      '@peculiar/asn1-pfx',
      '@peculiar/asn1-pkcs8',
      '@peculiar/asn1-pkcs9',
      '@peculiar/asn1-rsa',
      '@peculiar/asn1-schema',
      '@peculiar/asn1-x509',
      '@peculiar/asn1-x509-attr',
      '@peculiar/asn1-x509-post-quantum',
      '@peculiar/utils',
      '@pinojs/redact',
      'asn1js',
      'atomic-sleep',
      'fast-string-truncated-width',
      'fast-string-width',
      'fast-wrap-ansi',
      'jose',
      'on-exit-leak-free',
      'pino-abstract-transport',
      'pino-std-serializers',
      'process-warning',
      'pvtsutils',
      'pvutils',
      'quick-format-unescaped',
      'real-require',
      'safe-stable-stringify',
      'sisteransi',
      'sonic-boom',
      'split2',
      'thread-stream',
      'tslib',
      'tsyringe',
    ],
  },
} as const satisfies Record<string, DependencyList>

/** Builds of a native module for one platform each; npm installs the one that fits. */
export const NATIVE_BUILD: RegExp = /^@node-rs\/bcrypt-/
