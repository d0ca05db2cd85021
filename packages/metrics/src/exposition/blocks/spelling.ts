/** How a format writes names: as they are, quoted inside the braces, or escaped to the alphabet of old. */
import { type EscapingScheme, escapeLabelName, escapeName, isLegacyLabelName, isLegacyMetricName, quoteName } from '../escaping-scheme.ts'

export interface NameSpelling {
  /**
   * The name of a family as its lines are to build on: escaped where it has to be. Suffixes come after, as in client_golang: escaping
   * `_bucket` along with the name would part samples from their family.
   */
  family(name: string): string
  /** A family's name, with or without a suffix: as it stands before the brace, or with its quotes when it goes inside. */
  metric(name: string): string
  /** With its quotes where it needs them. */
  label(name: string): string
}

/**
 * A name of the old alphabet is written as it is in every scheme, as client_golang does: a family must not be called otherwise because
 * the scraper named a scheme that it does not need.
 */
export function spellingOf(scheme: EscapingScheme): NameSpelling {
  const quotes = scheme === 'allow-utf-8'
  return {
    family: (name) => (quotes || isLegacyMetricName(name) ? name : escapeName(name, scheme)),
    metric: (name) => (isLegacyMetricName(name) ? name : quoteName(name)),
    label: (name) => (isLegacyLabelName(name) ? name : quotes ? quoteName(name) : escapeLabelName(name, scheme)),
  }
}
