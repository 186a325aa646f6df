import type { ModelImpact, Mover } from '../../src/core/qualification/impact.ts'
import { percent as inPercent } from '../../src/core/base/percent.ts'
import { counted } from '../../src/core/base/counted.ts'

const SHOWN = 20

/** How the lists and stages change if a version becomes the champion, as text. */
export function impactText(version: string, { scored, enter, leave, changeStage }: ModelImpact): string {
  return [
    `With ${version} as the champion, of ${counted(scored, 'account')}`,
    ...part(`${enter.length} would join a list`, enter, ({ motion }) => motion ?? ''),
    ...part(`${leave.length} would leave a list`, leave, ({ because }) => (because ?? '').replaceAll('_', ' ')),
    ...part(
      `${changeStage.length} would change their buying stage`,
      changeStage,
      ({ from, to }) => `${from} to ${to ?? 'none'}`,
    ),
  ].join('\n')
}

function part(title: string, movers: readonly Mover[], detail: (mover: Mover) => string): readonly string[] {
  const lines = movers.slice(0, SHOWN).map((mover) => {
    const { name, externalId, qualifiedProbability: probability } = mover
    const percent = probability === null ? '' : `, ${inPercent(probability)}`
    return `    ${name ?? externalId ?? mover.accountId} (${externalId ?? mover.accountId})${percent}: ${detail(mover)}`
  })
  const rest = movers.length - lines.length
  return [`  ${title}`, ...lines, ...(rest > 0 ? [`    and ${rest} more (--json has them all)`] : [])]
}
