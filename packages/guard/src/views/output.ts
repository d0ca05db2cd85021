/** What a filter lets through: runs of its input, joined where they touch, and what was put in the place of others. */

const ROOM = 4_096
/** Below that a loop costs less than a view of the bytes, which is garbage afterwards. */
const SMALL = 160
const NOTHING = new Uint8Array(0)

export class Output {
  #data: Uint8Array = NOTHING
  /** The run that is let through and not copied yet. */
  #start = 0
  #end = 0
  #bytes: Uint8Array = NOTHING
  #length = 0
  /** What waits for a word: a run of the data, and before it what is of earlier data. */
  #heldStart = 0
  #heldEnd = 0
  #held: Uint8Array[] = []
  #heldLength = 0

  /** Other data: places are places in it from now on. */
  begin(data: Uint8Array): void {
    this.#copyRun()
    this.#copyHeld()
    this.#data = data
    this.#start = 0
    this.#end = 0
  }

  pass(start: number, end: number): void {
    if (start !== this.#end) {
      this.#copyRun()
      this.#start = start
    }
    this.#end = end
  }

  append(bytes: Uint8Array): void {
    this.#copyRun()
    this.#copy(bytes, 0, bytes.length)
  }

  /** Bytes that are held back. */
  get heldLength(): number {
    return this.#heldLength + this.#heldEnd - this.#heldStart
  }

  hold(start: number, end: number): void {
    if (start !== this.#heldEnd) {
      this.#copyHeld()
      this.#heldStart = start
    }
    this.#heldEnd = end
  }

  /** Lets through what is held back. */
  release(): void {
    for (const bytes of this.#held) this.append(bytes)
    if (this.#heldEnd > this.#heldStart) this.pass(this.#heldStart, this.#heldEnd)
    this.discard()
  }

  discard(): void {
    this.#held = []
    this.#heldLength = 0
    this.#heldStart = this.#heldEnd
  }

  /** Puts other bytes after what is held back. */
  holdBytes(bytes: Uint8Array): void {
    this.#copyHeld()
    this.#held.push(bytes)
    this.#heldLength += bytes.length
  }

  /** Takes back the last byte of the data, if it was let through. */
  withdrawLast(): void {
    if (this.#end === this.#data.length && this.#end > this.#start) this.#end -= 1
  }

  /** All since the last time: a part of the data itself where that is all there is, and else bytes of its own. */
  take(): Uint8Array {
    // What waits for a word outlives the data, which is the caller's again.
    this.#copyHeld()
    if (this.#length === 0) {
      const run = this.#data.subarray(this.#start, this.#end)
      this.#start = this.#end
      return run
    }
    this.#copyRun()
    const taken = this.#bytes.subarray(0, this.#length)
    this.#bytes = NOTHING
    this.#length = 0
    return taken
  }

  #copyRun(): void {
    this.#copy(this.#data, this.#start, this.#end)
    this.#start = this.#end
  }

  #copyHeld(): void {
    if (this.#heldEnd > this.#heldStart) {
      this.#held.push(Buffer.from(this.#data.subarray(this.#heldStart, this.#heldEnd)))
      this.#heldLength += this.#heldEnd - this.#heldStart
    }
    this.#heldStart = 0
    this.#heldEnd = 0
  }

  #copy(data: Uint8Array, start: number, end: number): void {
    const length = end - start
    if (length === 0) return
    if (this.#length + length > this.#bytes.length) this.#grow(length)
    if (length < SMALL) for (let at = 0; at < length; at += 1) this.#bytes[this.#length + at] = data[start + at] as number
    else this.#bytes.set(data.subarray(start, end), this.#length)
    this.#length += length
  }

  #grow(by: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#data.length + by + ROOM))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}
