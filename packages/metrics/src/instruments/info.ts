/** Infos: facts that do not change while they hold, told as labels of series that are always one. */
import { quote } from '../names.ts'
import type { Family, FamilyOptions } from '../series/family.ts'
import { type Labels, readLabels } from '../series/labels.ts'
import { CHANGED, SEGMENT_MASK } from '../series/segment.ts'
import { Instrument } from './instrument.ts'

/** The sample is called `name_info`, whether `name` says so or not. */
export interface InfoOptions<L extends string> extends Omit<FamilyOptions<L>, 'unit'> {
  /**
   * Which of the labels tell rows apart, as `plugin` does where each plugin has a version: `set` takes the place of the row that has the
   * same values of these. Default: none, so that there is one row.
   */
  readonly rowLabelNames?: readonly NoInfer<L>[]
  /** Runs at the start of every scrape, before anything is rendered. When it fails, this family alone is left out. */
  readonly collect?: (info: Info<L>) => void | Promise<void>
}

export class Info<L extends string = never> extends Instrument<L> {
  /** Labels that tell rows apart, as they were declared. */
  readonly rowLabelNames: readonly string[]
  readonly #rowDepths: readonly number[]

  /** @param rowLabelNames Checked by {@link checkRowLabels}. @internal */
  constructor(family: Family, rowLabelNames: readonly string[]) {
    super(family)
    this.rowLabelNames = [...rowLabelNames]
    this.#rowDepths = rowLabelNames.map((name) => family.store.labelNames.indexOf(name))
    if (family.store.labelNames.length === 0) writeOne(family, 0)
  }

  /**
   * Tells these facts instead of those told before: of their row, where rows are told apart by `rowLabelNames`. A refused call changes
   * nothing. Cost: linear in the rows.
   * @throws {TypeError} when the labels are not the declared ones.
   */
  set(labels: Labels<L>): void {
    const { store } = this.family
    const texts = readLabels(store.owner, store.labelNames, labels).map(([, text]) => text)
    if (texts.length > 0) {
      // The old ones go first: the new one may need their room.
      const row = new Map(this.#rowDepths.map((depth) => [depth, texts[depth] as string]))
      store.removeWhere(row, store.findTexts(texts))
    }
    writeOne(this.family, store.slotOfTexts(texts))
  }

  /** Tells nothing any more; an info without labels goes on. */
  override clear(): void {
    super.clear()
    if (this.family.store.labelNames.length === 0) writeOne(this.family, 0)
  }
}

/** @throws {TypeError} when they are no array, not among the labels, or not distinct. */
export function checkRowLabels(
  name: unknown,
  labelNames: readonly string[],
  rowLabelNames: unknown,
): asserts rowLabelNames is readonly string[] {
  const owner = `Info ${quote(name)}`
  if (!Array.isArray(rowLabelNames)) {
    throw new TypeError(`${owner} has rowLabelNames ${quote(rowLabelNames)}, which is not an array. Write them like ['plugin'].`)
  }
  for (const [index, label] of rowLabelNames.entries()) {
    if (!labelNames.includes(label)) {
      throw new TypeError(
        `${owner} has the row label ${quote(label)}, which is not among its labelNames [${labelNames.join(', ')}]. Write it there as well.`,
      )
    }
    if (rowLabelNames.indexOf(label) !== index) throw new TypeError(`${owner} has the row label "${label}" twice. Write it once.`)
  }
}

function writeOne({ store }: Family, slot: number): void {
  const segment = store.segmentOf(slot)
  segment.values[slot & SEGMENT_MASK] = 1
  segment.dirty[slot & SEGMENT_MASK] = CHANGED
}
