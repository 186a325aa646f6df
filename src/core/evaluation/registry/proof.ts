import { z } from 'zod'

export const VERDICTS = ['proven', 'not_proven', 'refused'] as const
export type Verdict = (typeof VERDICTS)[number]

/** What the registry reads of a backtest's report; the rest is kept as it is. */
export const BacktestVerdict = z.object({
  verdict: z.enum(VERDICTS),
  reasons: z.array(z.object({ condition: z.string(), passed: z.boolean(), sentence: z.string() })),
})
export type BacktestVerdict = z.infer<typeof BacktestVerdict>

const SAID: Readonly<Record<Verdict, string>> = {
  proven: 'proven',
  not_proven: 'not proven',
  refused: 'refused by its backtest',
}

/**
 * Why a version must not be put in use without force; undefined when its backtest proved it.
 * @param backtest its newest one, undefined when it never had any
 */
export function whyNotProven(version: string, backtest: BacktestVerdict | undefined): string | undefined {
  if (!backtest) return `${version} was never backtested`
  if (backtest.verdict === 'proven') return undefined
  const failed = backtest.reasons.filter((reason) => !reason.passed).map((reason) => reason.sentence)
  return [`${version} is ${SAID[backtest.verdict]}`, ...failed].join('; ')
}
