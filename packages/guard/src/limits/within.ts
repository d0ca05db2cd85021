/** A promise with an end to the waiting for it. */

/** @throws {Error} when `promise` has not settled in time; what it throws itself otherwise */
export async function within<Value>(milliseconds: number, promise: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<never>((_, reject) => {
    const end = (): void => reject(new Error(`no answer within ${milliseconds} ms`))
    // An answer that waits in its socket because this process was busy has come in time: sockets are read before immediates run.
    timer = setTimeout(() => setImmediate(end), milliseconds).unref()
  })
  try {
    return await Promise.race([promise, over])
  } finally {
    clearTimeout(timer)
  }
}
