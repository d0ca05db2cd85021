/** A gateway as `postern serve` starts one: from a policy in a folder, on a free loopback port, with what it tells collected. */
import { createHash } from 'node:crypto'
import type { GuardEvent, ReloadEvent } from '@postern/guard'
import { bearer } from '@postern/testkit'
import { type GatewayConfig, loadConfig } from '../../src/config/load.ts'
import { openGateway, type ScrapeEvent } from '../../src/gateway/gateway.ts'
import { type PolicyFolder, policyFolder } from './policy-folder.ts'

export const TOKEN = 'scraper-token-for-tests-0123456789'
/** What lets a scraper in. */
export const AUTHORIZED = bearer(TOKEN)
/** The same as a line of a raw request. */
export const AUTHORIZATION = `Authorization: ${AUTHORIZED.authorization}`
export const GUARD = `{credentials: [{type: bearer, tokens: [{name: prometheus, sha256: ${createHash('sha256').update(TOKEN).digest('hex')}}]}]}`

export interface GatewayOptions {
  /** Of the route /metrics. Default: a port where nobody listens. */
  readonly upstream?: string
  /** YAML; default 127.0.0.1 and a free port. */
  readonly listen?: string
  /** YAML; default one bearer token. */
  readonly guard?: string
  /** YAML of `tls`; default plain HTTP. */
  readonly tls?: string
  /** Further lines of YAML. */
  readonly more?: string
}

export interface RunningGateway extends AsyncDisposable {
  /** Of the route /metrics on the first listener. */
  readonly url: string
  readonly origins: readonly string[]
  readonly config: GatewayConfig
  readonly folder: PolicyFolder
  /** Decisions and warnings so far. */
  readonly events: readonly GuardEvent[]
  /** The next scrape that has not been asked for yet. */
  nextScrape(): Promise<ScrapeEvent>
  /** The next reload that is meant, told before or after. */
  nextReload(isMeant: (event: ReloadEvent) => boolean): Promise<void>
  close(graceMilliseconds?: number): Promise<void>
}

export async function startGateway(options: GatewayOptions = {}): Promise<RunningGateway> {
  const folder = await policyFolder()
  const { upstream = 'http://127.0.0.1:1', listen = '["127.0.0.1:0"]', guard = GUARD, tls, more = '' } = options
  const file = folder.policy(
    [`listen: ${listen}`, `routes: [{path: /metrics, upstream: "${upstream}"}]`, `guard: ${guard}`, tls ? `tls: ${tls}` : '', more].join(
      '\n',
    ),
  )
  const events: GuardEvent[] = []
  const scrapes = createQueue<ScrapeEvent>()
  const reloads = createQueue<ReloadEvent>()
  const hear = (event: GuardEvent): void => {
    events.push(event)
    if (event.type === 'reload') reloads.put(event)
  }
  const config = loadConfig({ file, watch: true, onEvent: hear })
  const gateway = await openGateway(config, (event) => {
    if (event.type === 'fault') throw event.error
    if (event.type === 'scrape') scrapes.put(event)
    else hear(event)
  })
  return {
    url: `${gateway.origins[0]}/metrics`,
    origins: gateway.origins,
    config,
    folder,
    events,
    nextScrape: scrapes.take,
    async nextReload(isMeant) {
      while (!isMeant(await reloads.take()));
    },
    close: (graceMilliseconds) => gateway.close(graceMilliseconds),
    async [Symbol.asyncDispose]() {
      await gateway.close(0)
      await folder[Symbol.asyncDispose]()
    },
  }
}

/** Values in the order they came, for whoever asks for them, before or after. */
export function createQueue<T>(): { readonly put: (value: T) => void; readonly take: () => Promise<T> } {
  const values: T[] = []
  const waiting: ((value: T) => void)[] = []
  return {
    put(value) {
      const next = waiting.shift()
      if (next) next(value)
      else values.push(value)
    },
    async take() {
      const value = values.shift()
      return value === undefined ? new Promise((resolve) => waiting.push(resolve)) : value
    },
  }
}
