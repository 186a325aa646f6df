import type { BacktestReport } from '../../core/evaluation/report/report.ts'
import { sentence } from '../format.ts'
import { modelWords } from '../words.ts'

interface Field {
  readonly name: string
  readonly value: string
}

export interface CardSection {
  readonly title: string
  readonly fields: readonly Field[]
}

/** `Win model: ...; in-market model: ...`, or that there is none. */
export function perModel(
  models: readonly BacktestReport[],
  tell: (row: ReturnType<typeof modelWords>, report: BacktestReport) => string,
): string {
  if (models.length === 0) return 'No model was examined.'
  const told = models.map((report) => {
    const row = modelWords(report.model)
    return `${row.name}: ${tell(row, report)}`
  })
  return sentence(told.join('; '))
}
