/** What a view tells of its work: numbers and places, and no value of anything. */

/** What a filter has done so far, in numbers; nothing of it is secret. */
export interface ViewCounts {
  readonly hiddenFamilies: number
  /** Samples that were hidden, those of hidden families among them, and those that had become equal to another. */
  readonly hiddenSeries: number
  /** Values that looked like secrets and were replaced. */
  readonly redacted: number
  /** Values that looked like secrets and were left, as the view says. */
  readonly reported: number
  /** Lines that could not be read with certainty and did not pass. */
  readonly unreadable: number
  /** Where values were found that look like secrets, each place once and ten at the most. */
  readonly suspects: readonly Suspect[]
}

export interface Suspect {
  readonly family: string
  /** The label; `HELP` for the text of a family, and `#` for a comment. */
  readonly label: string
  readonly kind: string
}
