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
const SHOP_PORT = 9844

/** Its metrics there: the upstream of a demo's folder. */
export const SHOP_URL = `http://127.0.0.1:${SHOP_PORT}/metrics`

export interface ShopOptions {
  /** The built program, also where this module runs from its source: Node.js 20 runs no TypeScript. */
  readonly program?: string
  readonly execPath?: string
}

const BUILT = fileURLToPath(new URL('../../dist/demo/shop.js', import.meta.url))

/** @throws {PosternError} ERR_POSTERN_DEMO when it does not come up within ten seconds. */
export async function startShop({ program = BUILT, execPath = process.execPath }: ShopOptions = {}): Promise<ShopProcess> {
  const child = fork(program, [String(SHOP_PORT)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execPath, execArgv: [] })
  // A process that cannot be started at all has no exit; it has failed like one that ended at once.
  const exited = once(child, 'exit').catch(() => undefined)
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
  const port = typeof message === 'object' && message !== null && 'port' in message ? message.port : undefined
  if (typeof port !== 'number' || child.pid === undefined) {
    await close()
    throw commandError('ERR_POSTERN_DEMO', 'the example application did not start', { fix: 'Look at its message above.' })
  }
  return { pid: child.pid, url: `http://127.0.0.1:${port}/metrics`, close }
}
