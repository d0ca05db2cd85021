/** Which family a line belongs to: families stand together, and no two may be mistaken for each other. */
import type { Cursor } from './cursor.ts'
import { excerpt } from './error.ts'
import { OPENMETRICS_TYPES, OpenFamily, TEXT_TYPES } from './family.ts'
import type { FamilyType, ParsedExposition, ParsedFamily, ParsedSample } from './model.ts'
import { checkFamilyEnd } from './point-end.ts'
import { checkSample } from './rules.ts'
import type { Spot } from './sample.ts'
import type { Syntax } from './series.ts'

export type Keyword = 'HELP' | 'TYPE' | 'UNIT'

export class Families {
  private readonly cursor: Cursor
  private readonly syntax: Syntax
  private readonly parsed: ParsedFamily[] = []
  private current: OpenFamily | undefined = undefined
  /** Every name that a sample of an earlier family has or could have. */
  private readonly taken = new Map<string, OpenFamily>()

  constructor(cursor: Cursor, syntax: Syntax) {
    this.cursor = cursor
    this.syntax = syntax
  }

  /** The family that a HELP, TYPE or UNIT line is of. An empty one counts as a line too. @param at Where the line starts. */
  describe(name: string, keyword: Keyword, at: number): OpenFamily {
    const family = this.current?.name === name ? this.current : this.open(name, at)
    const first = family.samples[0]
    if (first !== undefined) {
      throw this.cursor.fault(at, `${excerpt(name)} has samples already, from line ${first.line} on. Write its ${keyword} before them.`)
    }
    if (family.keywords.has(keyword)) throw this.cursor.fault(at, `${excerpt(name)} has a ${keyword} already. Remove one of the two.`)
    family.keywords.add(keyword)
    return family
  }

  add(sample: ParsedSample, spot: Spot): void {
    let family = this.current
    let role = family?.roles.get(sample.name)
    if (family === undefined || role === undefined) {
      family = this.familyOf(sample.name, spot.nameAt)
      role = family.roles.get(sample.name)
    }
    if (role === undefined) {
      throw this.cursor.fault(
        spot.nameAt,
        `${excerpt(sample.name)} is no sample of the ${family.type} of that name, whose samples are ${family.sampleNames}. Rename it, or correct the TYPE.`,
      )
    }
    checkSample({ cursor: this.cursor, syntax: this.syntax, family, role, sample, spot })
    family.samples.push(sample)
  }

  end(): ParsedExposition {
    this.close()
    return { families: this.parsed }
  }

  private familyOf(sampleName: string, at: number): OpenFamily {
    const { current } = this
    if (current !== undefined && current.samples.length === 0) {
      this.settle(current)
      if (current.name === sampleName || current.roles.has(sampleName)) return current
    }
    if (current?.name === sampleName) return current
    const family = this.open(sampleName, at)
    this.settle(family)
    return family
  }

  private open(name: string, at: number): OpenFamily {
    this.close()
    const family = new OpenFamily(name, at, this.cursor.line)
    this.refuseTaken(name, family)
    this.current = family
    return family
  }

  /** Closes the current family, which no later line may be part of. */
  private close(): void {
    const family = this.current
    if (family === undefined) return
    if (family.samples.length === 0) this.settle(family)
    checkFamilyEnd(this.cursor, this.syntax, family)
    this.taken.set(family.name, family)
    for (const name of family.roles.keys()) this.taken.set(name, family)
    this.parsed.push(family.toParsed())
    this.current = undefined
  }

  private settle(family: OpenFamily): void {
    const { openMetrics } = this.syntax
    const untyped: FamilyType = openMetrics ? 'unknown' : 'untyped'
    family.settle(openMetrics ? OPENMETRICS_TYPES : TEXT_TYPES, untyped)
    for (const name of family.roles.keys()) this.refuseTaken(name, family)
    if (family.unit !== undefined && (family.type === 'info' || family.type === 'stateset')) {
      throw this.cursor.fault(
        family.unitAt,
        `${excerpt(family.unit)} is a unit, and what is of type ${family.type} measures nothing. Remove the UNIT line.`,
      )
    }
  }

  private refuseTaken(name: string, family: OpenFamily): void {
    const other = this.taken.get(name)
    if (other === undefined) return
    const whose = `the ${other.type} ${excerpt(other.name)}, which starts on line ${other.line}`
    const reason =
      name === family.name
        ? `${excerpt(name)} is already a name of ${whose} and ended before this line. Write all its lines together, or rename one of the two.`
        : `${excerpt(family.name)} is a ${family.type} and can have a sample ${excerpt(name)}, a name of ${whose}. Rename one of the two.`
    throw this.cursor.fault(family.at, reason)
  }
}
