import type { DayOrder } from './date-text.ts'
import type { DecimalSign } from './number-text.ts'

/** How the columns of a file write what could be read two ways: by column, for those of which the file shows it. */
export interface FileNotation {
  readonly decimals: Readonly<Record<string, DecimalSign>>
  readonly dayOrders: Readonly<Record<string, DayOrder>>
}
