/** Scrapes that are being answered, of each client and in all. */
import type { Client } from './client.ts'

export interface InFlightNumbers {
  readonly perClient: number
  readonly total: number
}

export class InFlight {
  #total = 0
  /** By both words of a client: as many entries as there are scrapes at the most. */
  readonly #clients = new Map<number, Map<number, number>>()

  /** Takes a place. The result gives it back, once, however often it is called; undefined when there is none. */
  enter(client: Client, { perClient, total }: InFlightNumbers): (() => void) | undefined {
    if (this.#total >= total || this.of(client) >= perClient) return undefined
    this.#add(client, 1)
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      this.#add(client, -1)
    }
  }

  get total(): number {
    return this.#total
  }

  of({ high, low }: Client): number {
    return this.#clients.get(high)?.get(low) ?? 0
  }

  #add(client: Client, change: 1 | -1): void {
    const { high, low } = client
    const count = this.of(client) + change
    const lows = this.#clients.get(high) ?? new Map<number, number>()
    if (count === 0) lows.delete(low)
    else lows.set(low, count)
    if (lows.size === 0) this.#clients.delete(high)
    else this.#clients.set(high, lows)
    this.#total += change
  }
}
