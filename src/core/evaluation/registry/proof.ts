import { z } from 'zod'

/** From the best to the worst. */
export const VERDICTS = ['proven', 'not_proven', 'refused'] as const
export type Verdict = (typeof VERDICTS)[number]

export const PROOF_FORMAT = 'winrate-backtest/2'

const Reasons = z.array(z.object({ condition: z.string(), passed: z.boolean(), sentence: z.string() }))
const ModelReasons = z.object({ reasons: Reasons })
const Model = z.enum(['win', 'in_market'])
const ofModel = (model: z.infer<typeof Model>, reasons: z.infer<typeof Reasons>) =>
  reasons.map((reason) => ({ model, ...reason }))

/** What the registry reads of a proof: the verdict and the reasons of both models. */
export const ProofVerdict = z
  .object({ verdict: z.enum(VERDICTS), win: ModelReasons, in_market: ModelReasons.nullable() })
  .transform(({ verdict, win, in_market: inMarket }) => {
    const reasons = [...ofModel('win', win.reasons), ...ofModel('in_market', inMarket?.reasons ?? [])]
    return { verdict, reasons }
  })
export type ProofVerdict = z.infer<typeof ProofVerdict>

/** The reasons of both models stood in one list, each with its model before the condition: `win: roc_auc`. */
const FirstFormat = z.object({ verdict: z.enum(VERDICTS), reasons: Reasons }).transform(({ verdict, reasons }) => ({
  verdict,
  reasons: reasons.map(({ condition, ...reason }): ProofVerdict['reasons'][number] => {
    const [model = '', name = condition] = condition.split(': ')
    return { model: model === 'in_market' ? model : 'win', condition: name, ...reason }
  }),
}))

/** The verdict of a proof as it is stored: one in the format winrate-backtest/1 still counts. */
export const StoredVerdict = z.union([ProofVerdict, FirstFormat])

const SAID: Readonly<Record<Verdict, string>> = {
  proven: 'proven',
  not_proven: 'not proven',
  refused: 'refused by its backtest',
}

/**
 * Why promoting a version requires force; undefined when its backtest proved it.
 * @param backtest its newest one, undefined when there is none
 */
export function whyNotProven(version: string, backtest: ProofVerdict | undefined): string | undefined {
  if (!backtest) return `${version} was never backtested`
  if (backtest.verdict === 'proven') return undefined
  const failed = backtest.reasons.filter((reason) => !reason.passed).map((reason) => reason.sentence)
  return [`${version} is ${SAID[backtest.verdict]}`, ...failed].join('; ')
}
