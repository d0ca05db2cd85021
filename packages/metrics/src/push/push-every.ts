/** Pushes while a batch job runs, and once more when it is done. */
import { checkMilliseconds } from '../check-milliseconds.ts'
import { quote } from '../names.ts'
import type { Pusher } from './pusher.ts'

export interface PushEveryOptions {
  /** Between the beginnings of two pushes; one that still runs lets the next one be left out. The first comes after one interval. */
  readonly intervalMilliseconds: number
  /**
   * Told of every push that failed, the last one included, for a log line: a {@link PushError}. A promise it returns is waited for by
   * `stop`. What it throws or rejects with itself is dropped: a job does not end for its metrics.
   */
  readonly onError: (error: unknown) => unknown
  /** `add` when several jobs share a group and each owns some of its families. Default `push`. */
  readonly method?: 'push' | 'add'
}

export interface PushSchedule {
  /**
   * Ends the schedule and pushes a last time, so that the gateway holds how the job ended. Resolves when that push is over, whether it
   * arrived or went to `onError`; one under way is waited for before it. Called again, it answers the same promise.
   */
  stop(): Promise<void>
}

/**
 * Never keeps the process alive by itself: a job that ends without `stop` ends, and its last numbers are lost.
 * @throws {TypeError} when an option is of another type. @throws {RangeError} when no timer has such an interval.
 */
export function pushEvery(pusher: Pick<Pusher, 'push' | 'add'>, options: PushEveryOptions): PushSchedule {
  const { intervalMilliseconds, onError, method = 'push' } = options
  checkMilliseconds('intervalMilliseconds', intervalMilliseconds)
  if (typeof onError !== 'function') {
    throw new TypeError(`onError is ${quote(onError)}, which is no function. Pass one: nobody else is told of a push that failed.`)
  }
  if (method !== 'push' && method !== 'add') throw new TypeError(`method is ${quote(method)}. Write push or add, or leave it out.`)
  const push = async (): Promise<void> => {
    try {
      await pusher[method]().catch(onError)
    } catch {
      // There is nobody left to tell.
    }
  }
  let isUnderWay = false
  let stopped: Promise<void> | undefined
  const timer = setInterval(() => {
    if (isUnderWay) return
    isUnderWay = true
    void push().finally(() => {
      isUnderWay = false
    })
  }, intervalMilliseconds).unref()
  return {
    stop() {
      clearInterval(timer)
      stopped ??= push()
      return stopped
    },
  }
}
