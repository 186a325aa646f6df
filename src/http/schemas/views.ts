import { z } from 'zod'
import { InlineAccount } from '../../core/scoring/inline-account.ts'
import { PublishedScore, Reason } from '../../core/scoring/published-score.ts'
import { EXAMPLE_INLINE_ACCOUNT, EXAMPLE_SCORE } from './examples.ts'

/** What is answered, apart from what is stored: a field is published when it is named here. */
export const Score = PublishedScore.partial({ contributions: true }).meta({
  id: 'Score',
  description:
    'Probabilities in [0, 1], calibrated, with 90% intervals; reasons in words; contributions that add up to the log-odds, ' +
    'most of its bytes, where they are asked for: they are not stored.',
  examples: [EXAMPLE_SCORE],
})

export const AccountScore = z.strictObject({ account_id: z.int(), score: Score }).meta({
  id: 'AccountScore',
  description: 'The score of one account: computed for this request, or, without contributions, as it was stored',
})

export const InlineAccountBody = InlineAccount.meta({
  id: 'InlineAccount',
  description:
    'An account described in the request itself. A list that is left out is unknown; an empty one is a true zero.',
  examples: [EXAMPLE_INLINE_ACCOUNT],
})

export const ScoreReason = Reason.meta({ id: 'Reason', description: 'Why, in words' })
