/** Ways in for the conformance cases that are a server of Node, with a framework's listener or its own. */
import { randomBytes } from 'node:crypto'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createGuard, type Guard, type GuardTlsOptions } from '@postern/guard'
import { EXPOSITION, type Mount, type MountOptions, type Pair, startServer } from '@postern/testkit'
import { readSourceFile } from '../../src/sources/file.ts'

export const expose = (): { contentType: string; body: string } => ({ contentType: 'text/plain; version=0.0.4', body: EXPOSITION })

export const guardOf = ({ guard, onEvent, now }: MountOptions): Guard =>
  createGuard(guard, { onEvent, environment: { readFile: readSourceFile, now, elapsed: () => performance.now(), randomBytes } })

/** What `https.createServer` takes; undefined for plain HTTP. */
export type Tls = (Pair & GuardTlsOptions) | undefined

/** @param serverOf a server that does not listen yet */
export const mountServer =
  (scheme: Mount['scheme'], serverOf: (guard: Guard, tls: Tls) => Server | Promise<Server>): Mount['mount'] =>
  async (options) => {
    const guard = guardOf(options)
    const running = await startServer(await serverOf(guard, scheme === 'http' ? undefined : { ...options.server, ...guard.tlsOptions }))
    return { url: `${running.url}/metrics`, close: () => running.close() }
  }

export const mountOver = (
  scheme: Mount['scheme'],
  listenerOf: (guard: Guard) => RequestListener | Promise<RequestListener>,
): Mount['mount'] =>
  mountServer(scheme, async (guard, tls) => {
    const listener = await listenerOf(guard)
    return tls === undefined ? createHttpServer(listener) : createHttpsServer(tls, listener)
  })
