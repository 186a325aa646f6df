import type { Estimate } from '../../src/core/statistics/clustered-proportion.ts'
import {
  gridRates,
  type OutcomeMonth,
  type OutcomeRates,
  stageRates,
} from '../../src/core/scoring/stages/stage-outcome-rates.ts'
import { percent } from '../../src/core/base/percent.ts'

/** Opening and win rates by stage and by fit x intent, as text. */
export function ratesText(months: readonly OutcomeMonth[]): string {
  const row = (name: string, rates: OutcomeRates) =>
    [
      name.padEnd(32),
      percent(rates.share).padStart(9),
      estimate(rates.opening_rate).padStart(28),
      String(rates.opportunities).padStart(8),
      percent(rates.share_of_opportunities).padStart(9),
      estimate(rates.win_rate).padStart(28),
    ].join('')
  const head = (name: string) =>
    [
      name.padEnd(32),
      'accounts'.padStart(9),
      'open within 90 days'.padStart(28),
      'opened'.padStart(8),
      'share'.padStart(9),
      'won in time'.padStart(28),
    ].join('')
  return [
    head('buying stage'),
    ...stageRates(months).map((rates) => row(rates.stage, rates)),
    '',
    head('fit x intent'),
    ...gridRates(months).map((rates) => row(`${rates.fit} fit, ${rates.intent} intent`, rates)),
  ].join('\n')
}

function estimate({ value, low, high }: Estimate): string {
  return value === null || low === null || high === null
    ? '-'
    : `${percent(value)} (${percent(low)} to ${percent(high)})`
}
