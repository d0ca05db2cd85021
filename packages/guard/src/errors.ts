/** Every fault of configuration or environment that the guard can name; a denied request is never one of them, it is a `Decision`. */

/** The guard's codes. `exit` is the status a command ends with; docs/reference/errors.md lists every row. */
export const CODES = {
  ERR_POSTERN_POLICY: { exit: 2, title: 'A policy cannot be compiled as it is written' },
  ERR_POSTERN_OPEN: { exit: 2, title: 'A listener beyond loopback would be open or unencrypted' },
  ERR_POSTERN_CIDR: { exit: 2, title: 'An address or network in the policy cannot be read' },
  ERR_POSTERN_HASH: { exit: 2, title: 'A password hash cannot be used' },
  ERR_POSTERN_PASSWORD: { exit: 2, title: 'A password cannot be hashed' },
  ERR_POSTERN_TOKEN: { exit: 2, title: 'A bearer token or its digest cannot be used' },
  ERR_POSTERN_CERTIFICATE: { exit: 2, title: 'A certificate, key or certificate authority cannot be used' },
  ERR_POSTERN_FILE: { exit: 2, title: 'A file named in the policy cannot be read' },
  ERR_POSTERN_WEB_CONFIG: { exit: 2, title: 'A web configuration file of the exporters cannot be used' },
  ERR_POSTERN_LISTEN: { exit: 1, title: 'An address cannot be listened on' },
} as const

/** What a code means: the exit status of a command that ends with it (1 environment, 2 configuration or usage) and one line of title. */
export interface CodeRow {
  readonly exit: 1 | 2
  readonly title: string
}

export type GuardErrorCode = keyof typeof CODES

export interface PosternErrorInit {
  /** Where in the configuration, outermost key first; empty when no configuration value is at fault. */
  readonly path?: readonly (string | number)[]
  /** One imperative sentence: the edit that would mend it. */
  readonly fix: string
  /** The file and place that was read, when the fault lies inside a file other than the policy. Lines and columns count from 1. */
  readonly source?: SourcePlace | undefined
  readonly cause?: unknown
  /** Further faults of the same policy. */
  readonly others?: readonly PosternError[]
}

export interface SourcePlace {
  readonly file: string
  readonly line?: number
  readonly column?: number
}

/**
 * Thrown while a policy is compiled or a listener starts; never for a denied request.
 * The message says what was read and why it is wrong and never holds a secret; `fix` says what to write instead.
 * `Code` is open to other packages, so that one class serves the whole house: the gateway adds its own catalogue.
 */
export class PosternError<Code extends string = string> extends Error {
  override readonly name: string = 'PosternError'
  readonly code: Code
  readonly path: readonly (string | number)[]
  readonly fix: string
  readonly source: SourcePlace | undefined
  /** The other faults of the same policy, each with its own place and mend, in the order of the policy; mostly empty. */
  readonly others: readonly PosternError[]

  constructor(code: Code, message: string, init: PosternErrorInit) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause })
    this.code = code
    this.path = init.path ?? []
    this.fix = init.fix
    this.source = init.source
    this.others = init.others ?? []
    // What nobody catches is shown by its stack, and a message without its mend helps nobody.
    const more = this.others.map((other) => `\nand ${faultText(other)}`).join('')
    this.stack = String(this.stack).replace(message, () => `${faultText(this)}${more}`)
  }

  /** The same fault, with some of what is said of it replaced. */
  with(changes: Partial<PosternErrorInit>): PosternError<Code> {
    const { path, fix, source, cause, others } = this
    return new PosternError(this.code, this.message, { path, fix, source, cause, others, ...changes })
  }
}

/** The guard's own throw: `code` is checked against {@link CODES}. */
export function policyError(code: GuardErrorCode, message: string, init: PosternErrorInit): PosternError<GuardErrorCode> {
  return new PosternError(code, message, init)
}

/** The same fault, seen from one level further out: `outer` is put before its path. For compilers that call compilers. */
export function withPath<T>(outer: readonly (string | number)[], compile: () => T): T {
  try {
    return compile()
  } catch (error) {
    if (!(error instanceof PosternError)) throw error
    throw within(outer, error)
  }
}

function within(outer: readonly (string | number)[], error: PosternError): PosternError {
  return error.with({ path: [...outer, ...error.path], others: error.others.map((other) => within(outer, other)) })
}

/** A path as people write it: `guard.credentials[0].users_file`. */
export function formatPath(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? key : `${text}.${key}`), '')
}

/** A fault and its mend in one line, for an event: what is not of our making is told by its message alone. */
export function faultText(error: unknown): string {
  if (!(error instanceof PosternError)) return String(error)
  const place = error.path.length === 0 ? '' : `${formatPath(error.path)}: `
  const { source } = error
  const line = source?.line === undefined ? '' : `, ${[source.file, source.line, source.column ?? 1].join(':')}`
  return `${place}${error.message}. ${error.fix} (${error.code}${line})`
}
