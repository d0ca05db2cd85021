/** Ways in for the conformance cases that are a listener on a plain server of Node. */
import { randomBytes } from 'node:crypto'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createGuard, type Guard } from '@postern/guard'
import { EXPOSITION, type Mount, type MountOptions, startServer } from '@postern/testkit'
import { readSourceFile } from '../../src/sources/file.ts'

export const expose = (): { contentType: string; body: string } => ({ contentType: 'text/plain; version=0.0.4', body: EXPOSITION })

export const guardOf = ({ guard, onEvent, now }: MountOptions): Guard =>
  createGuard(guard, { onEvent, environment: { readFile: readSourceFile, now, elapsed: () => performance.now(), randomBytes } })

export const mountOver =
  (scheme: Mount['scheme'], listenerOf: (guard: Guard) => RequestListener): Mount['mount'] =>
  async (options) => {
    const guard = guardOf(options)
    const listener = listenerOf(guard)
    const server = scheme === 'http' ? createHttpServer(listener) : createHttpsServer({ ...options.server, ...guard.tlsOptions }, listener)
    const running = await startServer(server)
    return { url: `${running.url}/metrics`, close: () => running.close() }
  }
