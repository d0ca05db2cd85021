/** What a case is: one request and its answer, or a conversation of several; and what a way in is that must hold them. */
import type { ConnectionOptions } from 'node:tls'
import type { GuardEvent, GuardOptions, Reason } from '@postern/guard'
import type { Pair } from '../certificates.ts'
import type { RawResponse, Wire } from '../wire.ts'

export interface MountOptions {
  readonly guard: GuardOptions
  readonly onEvent: (event: GuardEvent) => void
  /** Milliseconds since the epoch, by which certificates are judged. */
  readonly now: () => number
  /** What an https listener shows. */
  readonly server: Pair
}

export interface Mounted {
  /** Of the metrics, path included. */
  readonly url: string
  close(): Promise<void>
}

/** One way to guarded metrics. What is behind the guard must answer {@link EXPOSITION}. */
export interface Mount {
  readonly name: string
  readonly scheme: 'http' | 'https'
  /** The column of docs/reference/adversarial.md that this way in is part of; left out, it is in none. */
  readonly column?: Column
  /** True where a router stands before the guard, which may say 404 to a method or path that it does not know, or 400 to one it cannot read. */
  readonly hasRouter?: boolean
  /** Case to the reason why this way in cannot hold it. */
  readonly skips?: Readonly<Record<string, string>>
  mount(options: MountOptions): Promise<Mounted>
}

/** Ours, in the order of the page. */
export const COLUMNS = ['node:http', 'Express', 'Fastify', 'Koa', 'Hono', 'Nest', 'gateway'] as const
export type Column = (typeof COLUMNS)[number]

export const EXPOSITION = '# HELP exposed_total A family that only the allowed see.\n# TYPE exposed_total counter\nexposed_total 1\n'

/** Who was let in, why not, or that the request never came to a decision. */
export type Heard = { readonly principal: string } | Reason | 'nothing' | 'anything'

interface Row {
  readonly name: string
  /** Of the table of adversarial cases that every part of the project is held to; a case with a number is a row of the page. */
  readonly numbers?: readonly number[]
}

/** One request and its answer. */
export interface AdapterCase extends Row {
  /** Default: passwords and a token, see `POLICY`. */
  readonly guard?: GuardOptions
  readonly method?: string
  /** Default the path of the mount. */
  readonly target?: string
  readonly lines?: readonly string[]
  /** Instead of method, target and lines: the whole request, a character for each byte. */
  readonly bytes?: string
  /** `closed` is an end of the connection without an answer. */
  readonly status: Status | readonly Status[]
  /** True where the connection must end with the answer. */
  readonly ends?: boolean
  readonly heard: Heard
  /** True where a router before the guard may not know the request. */
  readonly router?: boolean
}

export type Status = number | 'closed'

/** Connections of one conversation, and how their answers are read: ours are looked into, those of others are only read. */
export interface Talk {
  /** Of the metrics. */
  readonly path: string
  open(tls?: ConnectionOptions): Promise<Wire>
  /** `waits`: there was no answer in the time that is given to others. */
  read(wire: Wire, method?: string): Promise<RawResponse | 'waits' | undefined>
}

/** More than one request and answer. */
export interface Conversation extends Row {
  /** What is sent, in one line. */
  readonly sends: string
  /** What {@link talk} answers when all is well. */
  readonly expected: string
  /** What the guard tells of it, in order; left out, it is not looked at. */
  readonly heard?: readonly Heard[]
  /** What was seen: statuses in the order of the answers, `closed` for an end. */
  talk(talk: Talk): Promise<string>
}
