/** The example application's process: started, known by its port, ended with the demo. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { commandError } from '../errors.ts'

export interface ShopProcess {
  readonly pid: number
  readonly url: string
  close(): Promise<void>
}

/** Where it listens when the port is free: the number after the gateway's own. */
export const SHOP_PORT = 9844

/** @throws {PosternError} ERR_POSTERN_DEMO when it does not come up within ten seconds. */
export async function startShop(): Promise<ShopProcess> {
  const program = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './shop.ts' : './shop.js', import.meta.url))
  const child = fork(program, [String(SHOP_PORT)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const exited = once(child, 'exit')
  const close = async (): Promise<void> => {
    child.kill()
    await exited
  }
  const failed = exited.then(() => undefined)
  const timeout = AbortSignal.timeout(10_000)
  const message: unknown = await Promise.race([
    once(child, 'message', { signal: timeout }).then(
      ([first]: unknown[]) => first,
      () => undefined,
    ),
    failed,
  ])
  const port = typeof message === 'object' && message !== null && 'port' in message ? Number(message.port) : 0
  if (port === 0 || child.pid === undefined) {
    await close()
    throw commandError('ERR_POSTERN_DEMO', 'the example application did not start', { fix: 'Look at its message above.' })
  }
  return { pid: child.pid, url: `http://127.0.0.1:${port}/metrics`, close }
}
