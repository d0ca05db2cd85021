/** A real server on a free loopback port that ends with its test. */
import { once } from 'node:events'
import type { Server } from 'node:http'
import { Server as HttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

export interface RunningServer extends AsyncDisposable {
  /** Without a slash at its end. */
  readonly url: string
  readonly port: number
  /** Cuts every connection: a test waits for no client. */
  close(): Promise<void>
}

/** @param server not listening yet; owned by the result afterwards */
export async function startServer(server: Server): Promise<RunningServer> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
  }
  const scheme = server instanceof HttpsServer ? 'https' : 'http'
  return { url: `${scheme}://127.0.0.1:${port}`, port, close, [Symbol.asyncDispose]: close }
}
