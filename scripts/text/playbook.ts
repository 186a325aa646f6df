import type { Verdict } from '../../src/core/qualification/playbook/evaluate-rules.ts'
import type { EvaluatedAccount } from '../../src/jobs/scoring/preview-actions.ts'

/** The next action in one line, or why there is none. */
export function nextStep(verdicts: readonly Verdict[]): string {
  for (const verdict of verdicts) {
    if (verdict.kind === 'stands') {
      const { action, expiresAt } = verdict.triggered
      return `${action.do}, by ${expiresAt.slice(0, 10)}. Message: ${action.message}`
    }
    if (verdict.kind === 'fires') return `${verdict.action.do}. Message: ${verdict.action.message}`
  }
  const held = verdicts.find(({ kind }) => kind === 'suppressed')
  return held && 'because' in held
    ? `nothing: ${held.because.join(', ')}`
    : 'nothing: no rule of the playbook applies now'
}

/** Every rule with its result for the account. */
export function verdictsText({ name, verdicts }: EvaluatedAccount): string {
  return [`${name}. Next: ${nextStep(verdicts)}`, ...verdicts.map(verdictText)].join('\n')
}

function verdictText(verdict: Verdict): string {
  const head = `  ${verdict.rule.name.padEnd(24)}`
  switch (verdict.kind) {
    case 'stands': {
      const { action, triggeredAt, expiresAt } = verdict.triggered
      return `${head}stands since ${triggeredAt.slice(0, 10)}, until ${expiresAt.slice(0, 10)}: ${action.do}. ${action.reason}`
    }
    case 'fires':
      return `${head}would begin now: ${verdict.action.do}. ${verdict.action.reason}`
    case 'suppressed':
      return `${head}held back: ${verdict.because.join('; ')}`
    case 'not_met':
      return `${head}not now: ${verdict.because.join('; ')}`
  }
}
