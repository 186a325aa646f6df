import { counted } from '../../../base/counted.ts'
import type { TableLeak } from '../columns/leaks.ts'
import type { Tried } from '../result.ts'

/** Columns that hold, or may hold, what was known only at the close, and what was not looked at. */
export interface ShownLeaks {
  readonly leftOut: readonly TableLeak[]
  readonly suspects: readonly TableLeak[]
  /** What the leaks would have made of the AUC. */
  readonly withThem: string | null
  readonly lookedAt: string
  readonly notLookedAt: string
}

export function leaksOf({ leaks, aucWithLeaks, figures, features, roles }: Tried): ShownLeaks {
  const isDated = roles.date !== null && roles.closed !== null
  return {
    leftOut: leaks.filter(({ isLeftOut }) => isLeftOut),
    suspects: leaks.filter(({ isLeftOut }) => !isLeftOut),
    withThem:
      aucWithLeaks === null
        ? null
        : `With them the AUC would have been ${aucWithLeaks.toFixed(2)} instead of ${figures.auc.value.toFixed(2)}, and worth nothing on an open deal.`,
    lookedAt: `Looked at, in ${counted(features.length + leaks.filter(({ isLeftOut }) => isLeftOut).length, 'column')}: whether one alone tells won from lost, whether only one of the two has it, and its name${isDated ? '; in numbers, whether one counts the days to the close' : ''}.`,
    notLookedAt: `Not looked at: when a value was written, for a table holds only its last one${isDated ? '' : `; and whether a number counts the days to the close, for there is no date of ${roles.date ? 'the close' : roles.closed ? 'creation' : 'creation and of the close'}`}. What was filled in afterwards and tells little goes unseen.`,
  }
}
