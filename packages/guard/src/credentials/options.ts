/** The credentials of a policy as the user writes them: one shape for each kind, told apart by `type`. */

export type CredentialOptions = BasicOptions | BearerOptions | ClientCertificateOptions

export interface BasicOptions {
  readonly type: 'basic'
  /** Shown in the challenge; printable ASCII, at most 64 characters. Default `metrics`. */
  readonly realm?: string
  /** User to bcrypt hash, or to several while one is rotated. */
  readonly users?: Readonly<Record<string, string | readonly string[]>>
  /** An htpasswd file with bcrypt hashes, beside or instead of `users`. */
  readonly usersFile?: string
}

export interface BearerOptions {
  readonly type: 'bearer'
  /** As in {@link BasicOptions}. */
  readonly realm?: string
  readonly tokens: readonly TokenOptions[]
}

export type TokenOptions =
  | {
      /** The principal's name in events. */
      readonly name: string
      /** SHA-256 of the token, 64 hex digits. */
      readonly sha256: string
    }
  | {
      readonly name: string
      /** The token itself, at least 24 characters; only its digest is kept. */
      readonly token: string
    }

export interface ClientCertificateOptions {
  readonly type: 'client-certificate'
  /** PEM of the authorities whose certificates count; never the public ones. */
  readonly ca?: string
  /** A PEM file, instead of `ca`. */
  readonly caFile?: string
  /** Subject alternative names, any one of which the certificate must carry exactly. */
  readonly names: readonly string[]
}
