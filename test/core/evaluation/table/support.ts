import { tableOf } from '../../../../src/core/evaluation/table/columns/table.ts'
import type { Answer, TooFew, Tried } from '../../../../src/core/evaluation/table/result.ts'
import { tryTable, type TryOptions } from '../../../../src/core/evaluation/table/try-table.ts'
import type { MadeTable } from './made-tables.ts'

type Stated = Partial<Omit<TryOptions, 'onProgress'>>

export function answerTo({ header, rows }: MadeTable, stated: Stated = {}): Answer {
  const { table } = tableOf(
    header,
    rows.map((row) => header.map((name) => row[name] ?? '')),
  )
  return tryTable(table, { seed: 1, ...stated, onProgress: () => undefined })
}

export function tried(made: MadeTable, stated: Stated = {}): Tried {
  const answer = answerTo(made, stated)
  if (answer.kind === 'tried') return answer
  throw new Error(answer.kind === 'refused' ? answer.message : `too few: ${answer.won} won, ${answer.lost} lost`)
}

/** The roles are found all the same; nothing is fitted, which takes no time. */
export function read(made: MadeTable, stated: Stated = {}): TooFew | Tried {
  const answer = answerTo({ ...made, rows: made.rows.slice(0, 70) }, stated)
  if (answer.kind !== 'refused') return answer
  throw new Error(answer.message)
}

export function refusal(made: MadeTable, stated: Stated = {}): string {
  const answer = answerTo(made, stated)
  return answer.kind === 'refused' ? answer.message : `not refused, but ${answer.kind}`
}

export const SEEDS = Array.from({ length: 10 }, (_, index) => index + 1)
