/** What every rule about a sample is told. */
import type { Cursor } from './cursor.ts'
import { type ExpositionSyntaxError, excerpt } from './error.ts'
import type { OpenFamily } from './family.ts'
import type { ParsedSample } from './model.ts'
import type { Role } from './point.ts'
import type { Spot } from './sample.ts'
import type { Syntax } from './series.ts'

/** One sample, where it was read, and what it is to its family. */
export interface Reading {
  readonly cursor: Cursor
  readonly syntax: Syntax
  readonly family: OpenFamily
  readonly role: Role
  readonly sample: ParsedSample
  readonly spot: Spot
}

/** Name and labels as a message shows them. */
export function seriesText({ cursor, spot }: Reading): string {
  return excerpt(cursor.body.slice(spot.nameAt, spot.seriesEnd).trimEnd())
}

/** @param line Where the series, or its label set, starts. */
export function secondSample(reading: Reading, line: number): ExpositionSyntaxError {
  return reading.cursor.fault(
    reading.spot.nameAt,
    `${seriesText(reading)} is a second sample of its series, which starts on line ${line}. Remove one, or give it another label.`,
  )
}
