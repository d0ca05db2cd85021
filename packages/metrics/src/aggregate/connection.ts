/** One channel as the collector sees it: parts put in order, asks and their answers, and the end. */
import type { Contributor } from './contributor.ts'
import { readReport } from './read-message.ts'
import type { TaskQueue } from './task-queue.ts'
import { isOurs, MARK, type Order, type Report } from './wire.ts'

export interface ConnectionOptions {
  readonly queue: TaskQueue
  /** May throw. */
  readonly send: (order: Order) => void
  /** Called by the first report. */
  readonly createContributor: (askForAll: () => void) => Contributor
  readonly onReport: (contributor: Contributor) => void
  /** Called once, when all that had arrived is taken in. */
  readonly onEnd: (contributor: Contributor | undefined) => void
  readonly onRefuse: () => void
}

export class Connection {
  readonly #options: ConnectionOptions
  #contributor: Contributor | undefined
  #epoch: number | undefined
  #next = 0
  /** The epoch that was not understood, when everything was last asked for. */
  #unclear: number | undefined
  #asked = 0
  #answered = 0
  #waiting: (() => void)[] = []
  #isEnded = false
  /** Missed a scrape and has not been heard since: nobody waits for it again. */
  isSilent = false

  constructor(options: ConnectionOptions) {
    this.#options = options
  }

  /** Undefined until the first report. */
  get contributor(): Contributor | undefined {
    return this.#contributor
  }

  /** Anything that came through the channel. Never throws. */
  receive(message: unknown): void {
    if (this.#isEnded || !isOurs(message)) return
    const report = readReport(message)
    if (report === undefined) this.#options.onRefuse()
    else if (report.type === 'bye') this.end()
    else this.#take(report)
  }

  /** Asks for a report; while an ask is under way that one again. Resolves with its answer: the caller limits the time. */
  async ask(): Promise<void> {
    if (this.#asked === this.#answered) this.#asked += 1
    const asked = this.#asked
    this.#send({ postern: MARK, type: 'ask', number: asked })
    while (this.#answered < asked && !this.#isEnded) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** Has everything told anew. @param epoch Of what cannot be used: asked for once, since more of it is on its way. */
  askForAll(epoch: number | undefined = this.#epoch): void {
    if (this.#unclear === epoch) return
    this.#unclear = epoch
    this.#send({ postern: MARK, type: 'resync' })
  }

  /** Nothing comes any more. */
  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    const contributor = this.#contributor
    const leave = contributor === undefined ? nothing : () => contributor.leave()
    void this.#options.queue.run(leave).then(() => this.#options.onEnd(contributor))
    this.#wake()
  }

  #take(report: Report): void {
    const { epoch, sequence } = report
    if (sequence === 0 && epoch !== this.#epoch) {
      this.#contributor ??= this.#options.createContributor(() => this.askForAll())
      this.#epoch = epoch
      this.#next = 0
      this.#unclear = undefined
    } else if (epoch !== this.#epoch || sequence > this.#next) {
      this.askForAll(epoch)
      return
    } else if (sequence < this.#next) return
    this.#next += 1
    this.isSilent = false
    const contributor = this.#contributor as Contributor
    void this.#options.queue.run(() => contributor.apply(report)).then(() => this.#taken(report, contributor))
  }

  #taken({ epoch, sequence, last, answers }: Report, contributor: Contributor): void {
    if (!last || this.#isEnded) return
    this.#options.onReport(contributor)
    this.#send({ postern: MARK, type: 'ack', epoch, sequence })
    if (answers <= this.#answered || answers > this.#asked) return
    this.#answered = answers
    this.#wake()
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  #send(order: Order): void {
    try {
      this.#options.send(order)
    } catch {
      // A channel that closes says so itself.
    }
  }
}

function* nothing(): Generator<void> {}
