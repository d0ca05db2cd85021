/** One connection to Redis or Valkey, from its opening to its end. It is not opened again: whoever loses it opens another. */
import type { Redis } from 'ioredis'
import { ADMIT, FAIL } from './redis-scripts.ts'
import { within } from './within.ts'

/** What ioredis makes of the scripts: called by their digest, and sent whole where Redis does not know it. */
interface Scripts {
  posternAdmit(...keysAndNumbers: (string | number)[]): Promise<[locked: number, wait: number, clientAhead: number, totalAhead: number]>
  posternFail(...keysAndNumbers: (string | number)[]): Promise<[before: number, after: number]>
}

export type RedisConnection = Redis & Scripts

export interface RedisPlace {
  /** `redis:` or `rediss:`, with user and password. */
  readonly url: string
  /** Begins every key. */
  readonly prefix: string
  /** For a connection with all of its handshakes. */
  readonly openMilliseconds: number
}

/** @throws {Error} what kept it from being opened and written to */
export async function openRedis({ url, prefix, openMilliseconds }: RedisPlace): Promise<RedisConnection> {
  const { Redis: Client } = await import('ioredis')
  const redis = new Client(url, {
    lazyConnect: true,
    connectTimeout: openMilliseconds,
    // A command is answered on this connection or not at all.
    retryStrategy: null,
    enableOfflineQueue: false,
    disableClientInfo: true,
    scripts: { posternAdmit: { lua: ADMIT, numberOfKeys: 3 }, posternFail: { lua: FAIL, numberOfKeys: 2 } },
  }) as RedisConnection
  // What is thrown says "Connection is closed."; the cause comes as an event.
  let cause: unknown
  redis.on('error', (error: unknown) => {
    cause = error
  })
  const connected = redis.connect()
  // Not before there is a socket, which is two turns of the queue of promises later.
  setImmediate(() => redis.stream?.unref())
  try {
    // One that can be read and not written to, a replica say, is of no use.
    await within(
      openMilliseconds,
      connected.then(() => redis.set(`${prefix}probe`, '1', 'PX', 1_000)),
    )
    return redis
  } catch (error) {
    endRedis(redis)
    throw cause ?? error
  }
}

/**
 * At once: what is under way is answered with an error. Not by `disconnect`, which waits for a socket that may have ended already, and
 * keeps the process alive for as long.
 */
export function endRedis(redis: RedisConnection): void {
  redis.stream?.destroy()
}
