import type { TrainOutcome } from './train.ts'

/** Why a training was refused, for people. */
export function describeFailure({ model, failure }: Extract<TrainOutcome, { readonly kind: 'refused' }>): string {
  switch (failure.kind) {
    case 'too_few': {
      const { won, lost, needed } = failure
      return `${model} refused: needs at least ${needed.won} positive and ${needed.lost} negative examples, got ${won} and ${lost}`
    }
    case 'not_converged':
      return `${model} refused: the fit did not converge (${failure.reason.replaceAll('_', ' ')} after ${failure.iterations} iterations)`
    case 'separated':
      return `${model} refused: "${failure.column}" gives the outcome away (standardised coefficient ${failure.standardisedCoefficient.toFixed(1)}); see whether it is written at close, and exclude it`
    case 'reference_refused':
      return `${model} refused by the reference solver: ${failure.reason}`
  }
}
