/** Timers of metrics. The clock is looked up when it is read: programs replace it in their tests. */

/** The function it returns tells the seconds since now. */
export function startClock(): () => number {
  const start = process.hrtime()
  return () => {
    const [seconds, nanoseconds] = process.hrtime(start)
    return seconds + nanoseconds / 1e9
  }
}
