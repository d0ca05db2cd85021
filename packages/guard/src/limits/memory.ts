/** All that limits remember: made once for a guard, and not anew with each policy. */
import { ClientTable } from './client-table.ts'
import { InFlight } from './in-flight.ts'
import { LOCKED } from './lockouts.ts'

/** Clients at the most. All tables full are 28 MiB; they begin empty, and grow by what is in them. */
export const CAPACITY = {
  failures: 1_048_576,
  rates: 524_288,
  proven: 65_536,
} as const

export class LimitMemory {
  readonly failures: ClientTable
  readonly rates: ClientTable
  /** Clients that have proven themselves, until this is forgotten. */
  readonly proven: ClientTable
  readonly inFlight: InFlight = new InFlight()
  /** The arrival of all requests together, see rate.ts. */
  totalArrival = 0

  constructor(randomBytes: (size: number) => Uint8Array) {
    const seed = (): Uint32Array => new Uint32Array(Uint8Array.from(randomBytes(16)).buffer)
    this.failures = new ClientTable({ capacity: CAPACITY.failures, seed: seed(), keptFrom: LOCKED })
    this.rates = new ClientTable({ capacity: CAPACITY.rates, seed: seed() })
    this.proven = new ClientTable({ capacity: CAPACITY.proven, seed: seed() })
  }

  get byteSize(): number {
    return this.failures.byteSize + this.rates.byteSize + this.proven.byteSize
  }
}
