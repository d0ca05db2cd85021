/** The group that a push belongs to, as the path that the Pushgateway reads it from. Pure. */
import { checkLabelNames, quote } from '../names.ts'

/** The group is the job together with the labels: two pushers with the same ones write over each other. */
export interface PushGrouping {
  readonly job: string
  /**
   * Stand on every sample of the group, in the place of labels of the same name that a sample has itself. Without an `instance` among
   * them the Pushgateway adds an empty one.
   */
  readonly labels?: Readonly<Record<string, string>>
}

/**
 * Characters that no proxy and no router on the way rewrites. Everything else goes as base64: `/` would be a separator, `%2F` and `+` are
 * decoded twice or not at all by some, and a path with `..` is answered with a redirect.
 */
const PLAIN = /^(?!\.{1,2}$)[a-zA-Z0-9._~:-]+$/

/**
 * `/metrics/job/<JOB>{/<LABEL>/<VALUE>}`, in the order of the labels (README of the Pushgateway, "URL").
 * @throws {TypeError} when the job is empty, a label's name is malformed, reserved or `job`, or a value is not a string.
 */
export function groupingPath({ job, labels = {} }: PushGrouping): string {
  if (typeof job !== 'string' || job === '') {
    throw new TypeError(`The grouping has the job ${quote(job)}: the Pushgateway keeps no group without one. Write it like nightly_backup.`)
  }
  checkLabelNames('The grouping', Object.keys(labels))
  if (Object.hasOwn(labels, 'job')) {
    throw new TypeError('The grouping has the label "job", which is the job itself. Write it as job, beside labels.')
  }
  const segments = Object.entries(labels).map(([name, value]) => {
    if (typeof value !== 'string') {
      throw new TypeError(`The grouping has the label "${name}" with the value ${quote(value)}, which is not a string. Write it in quotes.`)
    }
    return segment(name, value)
  })
  return `/metrics${[segment('job', job), ...segments].join('')}`
}

/** URL-safe base64 without padding; an empty value would leave an empty segment, so that it is written as padding alone. */
function segment(name: string, value: string): string {
  if (PLAIN.test(value)) return `/${name}/${value}`
  return `/${name}@base64/${Buffer.from(value, 'utf8').toString('base64url') || '='}`
}
