import type { ModelImpact, Mover } from '../../src/core/qualification/impact.ts'
import { percent as inPercent } from '../../src/core/base/percent.ts'

const SHOWN = 20

/** Who would move if a version were put in use, in lines. */
export function impactText(version: string, { scored, enter, leave, changeStage }: ModelImpact): string {
  return [
    `If ${version} were the champion, of ${scored.toLocaleString('en-US')} accounts`,
    ...part(`${enter.length} would come onto a list`, enter, ({ motion }) => motion ?? ''),
    ...part(`${leave.length} would leave one`, leave, ({ because }) => (because ?? '').replaceAll('_', ' ')),
    ...part(
      `${changeStage.length} would change the buying stage`,
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
