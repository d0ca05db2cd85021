/** What instruments read the time from, and the timers they start. */
import { copyLabels, type UncheckedLabels } from '../series/labels.ts'

/** Both in milliseconds. */
export interface Clocks {
  /** Never goes back. */
  readonly now: () => number
  /** Since the Unix epoch. */
  readonly wallClock: () => number
}

/** @param take Gets the seconds between this call and that of the function it returns, which returns them too. */
export function createTimer({ now }: Clocks, take: (seconds: number) => void): () => number {
  const started = now()
  return () => {
    const seconds = (now() - started) / 1000
    take(seconds)
    return seconds
  }
}

/**
 * As {@link createTimer}, with the labels known at the start, as they are then, and the others when it ends.
 * @param take May throw for labels that are not the declared ones: which they are is only known at the end.
 */
export function createLabelledTimer(
  { now }: Clocks,
  labels: UncheckedLabels | undefined,
  take: (labels: UncheckedLabels, seconds: number) => void,
): (rest?: UncheckedLabels) => number {
  const started = now()
  const known = copyLabels(labels) as UncheckedLabels | undefined
  return (rest) => {
    const seconds = (now() - started) / 1000
    take({ ...known, ...(copyLabels(rest) as UncheckedLabels | undefined) }, seconds)
    return seconds
  }
}
