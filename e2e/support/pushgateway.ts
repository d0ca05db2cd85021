/** Debian's Pushgateway on a free port, holding its groups in memory, and what it would tell Prometheus. */
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { binary } from './binaries.ts'
import { freePort, type RunningProcess, startProcess } from './process.ts'

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Pushgateway extends AsyncDisposable {
  readonly process: RunningProcess
  readonly url: string
  /** What it was pushed, with what it adds of its own about each push; without its metrics about itself. */
  samples(): Promise<readonly Sample[]>
}

export interface PushgatewayOptions {
  readonly args?: readonly string[]
  /** For one that serves https, in the manner of `https.request`. */
  readonly client?: { readonly ca: string; readonly cert?: string; readonly key?: string; readonly auth?: string }
}

export async function startPushgateway({ args = [], client }: PushgatewayOptions = {}): Promise<Pushgateway> {
  const address = `127.0.0.1:${await freePort()}`
  const process = startProcess(binary('prometheus-pushgateway'), [`--web.listen-address=${address}`, '--persistence.file=', ...args])
  await process.printed(/TLS is (?:dis|en)abled/)
  const url = `${client === undefined ? 'http' : 'https'}://${address}`
  return {
    process,
    url,
    samples: async () => parseSamples(await (client === undefined ? fetchText(url) : fetchSecureText(url, client))),
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  }
}

async function fetchText(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`)).text()
}

function fetchSecureText(url: string, client: NonNullable<PushgatewayOptions['client']>): Promise<string> {
  return new Promise((resolve, reject) => {
    request(`${url}/metrics`, { ...client, agent: false }, (response) => void text(response).then(resolve, reject))
      .on('error', reject)
      .end()
  })
}

const OWN = /^(?:go|process|promhttp|pushgateway)_/
const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/s
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/gs

function parseSamples(exposition: string): Sample[] {
  const lines = exposition.split('\n').filter((line) => line !== '' && !line.startsWith('#') && !OWN.test(line))
  return lines.map((line) => {
    const [, name = '', labels = '', value] = LINE.exec(line) ?? []
    if (name === '') throw new Error(`not a sample: ${line}`)
    return {
      name,
      labels: Object.fromEntries(Array.from(labels.matchAll(LABEL), ([, key = '', raw = '']) => [key, unescape(raw)])),
      value: Number(value),
    }
  })
}

function unescape(text: string): string {
  return text.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
}
