import type { CalibrationBin } from '../figures.ts'
import type { Influence } from '../influences.ts'
import type { TooFew, Tried, Understood } from '../result.ts'
import { readColumns, type ReadColumn } from './columns.ts'
import { figuresOf, howTested, type NamedFigure } from './figures.ts'
import { leaksOf, type ShownLeaks } from './leaks.ts'
import { type TableVerdict, verdictOf } from './verdict.ts'
import { count } from './words.ts'
import { counted } from '../../../base/counted.ts'

/** The answer in sentences and tables, the same for a terminal and for a browser. */
export interface TryPage {
  readonly verdict: TableVerdict
  /** Which rows count, and what the reader of the file has passed over. */
  readonly rows: readonly string[]
  readonly notes: readonly string[]
  readonly columns: readonly ReadColumn[]
  /** Null where there are too few rows. */
  readonly found: TriedPage | null
  readonly tooFew: readonly string[]
}

export interface TriedPage {
  readonly leaks: ShownLeaks
  readonly title: string
  readonly howTested: readonly string[]
  readonly figures: readonly NamedFigure[]
  readonly calibration: readonly CalibrationBin[]
  readonly influences: readonly Influence[]
  readonly advice: readonly string[]
}

export interface TableFile {
  readonly rowCount: number
  readonly notes: readonly string[]
}

export function pageOf(answer: Tried | TooFew, { rowCount, notes }: TableFile): TryPage {
  const common = {
    verdict: verdictOf(answer),
    rows: rowsOf(answer, rowCount),
    notes,
    columns: readColumns(answer),
  }
  if (answer.kind === 'too_few')
    return {
      ...common,
      found: null,
      tooFew: [
        `Too few: ${count(answer.won)} won and ${count(answer.lost)} lost. It takes ${answer.needed} of each to say anything, so there is no figure.`,
        'Bring more closed rows: an older export, or the lost ones if the export holds the won ones only.',
      ],
    }
  const { title, lines } = howTested(answer)
  return {
    ...common,
    tooFew: [],
    found: {
      leaks: leaksOf(answer),
      title,
      howTested: lines,
      figures: figuresOf(answer),
      calibration: answer.figures.calibration,
      influences: answer.influences,
      advice: answer.advice,
    },
  }
}

function rowsOf({ won, lost, open, copies, sampledTo }: Understood, rowCount: number): readonly string[] {
  const apart = [
    ...(open > 0 ? [`${count(open)} open and left out`] : []),
    ...(copies > 0 ? [`${counted(copies, 'exact copy', 'exact copies')} set aside`] : []),
  ]
  return [
    `${counted(rowCount, 'row')}: ${count(won)} won, ${count(lost)} lost${apart.map((part) => `, ${part}`).join('')}.`,
    ...(sampledTo === null ? [] : [`The model learns from a random ${count(sampledTo)} of them.`]),
  ]
}
