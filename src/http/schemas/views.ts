import { z } from 'zod'
import { InlineAccount } from '../../core/scoring/inline-account.ts'
import { PublishedScore, Reason } from '../../core/scoring/published-score.ts'
import { EXAMPLE_INLINE_ACCOUNT, EXAMPLE_SCORE } from './examples.ts'

/** Response schemas, separate from the stored ones: a field is published if it is named here. */
export const Score = PublishedScore.partial({ contributions: true }).meta({
  id: 'Score',
  description:
    'Calibrated probabilities in [0, 1] with 90% intervals, reasons in words and, on request, contributions that add up to ' +
    'the log-odds. Stored scores have no contributions.',
  examples: [EXAMPLE_SCORE],
})

export const AccountScore = z.strictObject({ account_id: z.int(), score: Score }).meta({
  id: 'AccountScore',
  description: 'The score of one account: computed for this request, or stored and without contributions',
})

export const InlineAccountBody = InlineAccount.meta({
  id: 'InlineAccount',
  description: 'An account described in the request. An omitted list is unknown; an empty list means none.',
  examples: [EXAMPLE_INLINE_ACCOUNT],
})

export const ScoreReason = Reason.meta({ id: 'Reason', description: 'A reason in words' })
