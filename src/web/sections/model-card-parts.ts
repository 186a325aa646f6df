import type { BacktestReport } from '../../core/evaluation/report/report.ts'
import { sentence } from '../format.ts'
import { modelWords } from '../words.ts'

interface CardField {
  readonly name: string
  readonly value: string
}

export interface CardSection {
  readonly title: string
  readonly fields: readonly CardField[]
}

/** `Win model: ...; in-market model: ...`. */
export function perModel(
  models: readonly BacktestReport[],
  tell: (row: ReturnType<typeof modelWords>, report: BacktestReport) => string,
): string {
  if (models.length === 0) return 'No model was evaluated.'
  const told = models.map((report) => {
    const row = modelWords(report.model)
    return `${row.name}: ${tell(row, report)}`
  })
  return sentence(told.join('; '))
}
