import { counted } from '../../src/core/base/counted.ts'
import { percent } from '../../src/core/base/percent.ts'

/** "5,214 reasons told, 71% of them solid (their 90% interval leaves out 0)." */
export function solidReasonsLine(told: number, solid: number): string {
  if (told === 0) return 'No reason is certain enough to be told.'
  return `${counted(told, 'reason')} told, ${percent(solid / told)} of them solid (their 90% interval leaves out 0).`
}
