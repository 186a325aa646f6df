import type { RuleResult } from '../../src/core/qualification/playbook/evaluate-rules.ts'
import type { EvaluatedAccount } from '../../src/jobs/scoring/preview-actions.ts'

/** What to do next, in one line; where there is nothing, why. */
export function nextStep(results: readonly RuleResult[]): string {
  for (const result of results) {
    if (result.kind === 'stands') {
      const { action, expiresAt } = result.triggered
      return `${action.do}, by ${expiresAt.slice(0, 10)}. Message: ${action.message}`
    }
    if (result.kind === 'fires') return `${result.action.do}. Message: ${result.action.message}`
  }
  const held = results.find(({ kind }) => kind === 'suppressed')
  return held && 'because' in held
    ? `nothing: ${held.because.join(', ')}`
    : 'nothing: no rule of the playbook applies now'
}

/** Every rule and what it says of the account. */
export function verdictsText({ name, results }: EvaluatedAccount): string {
  return [`${name}. Next: ${nextStep(results)}`, ...results.map(verdictText)].join('\n')
}

function verdictText(result: RuleResult): string {
  const head = `  ${result.rule.name.padEnd(24)}`
  switch (result.kind) {
    case 'stands': {
      const { action, triggeredAt, expiresAt } = result.triggered
      return `${head}stands since ${triggeredAt.slice(0, 10)}, until ${expiresAt.slice(0, 10)}: ${action.do}. ${action.reason}`
    }
    case 'fires':
      return `${head}would begin now: ${result.action.do}. ${result.action.reason}`
    case 'suppressed':
      return `${head}held back: ${result.because.join('; ')}`
    case 'not_met':
      return `${head}not now: ${result.because.join('; ')}`
  }
}
