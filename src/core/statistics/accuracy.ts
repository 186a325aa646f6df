import { clipProbability, type Metric, weightedMean } from './metric.ts'

/** Mean -ln of the probability given to what happened: 0.8 for a win is 0.2231. */
export const logLoss: Metric = {
  name: 'log_loss',
  better: 'lower',
  compute: (scored) =>
    weightedMean(scored, (row) => {
      const probability = clipProbability(row.probability)
      return -Math.log(row.won ? probability : 1 - probability)
    }),
}

/** Mean squared gap of probability and outcome. */
export const brierScore: Metric = {
  name: 'brier_score',
  better: 'lower',
  compute: (scored) => weightedMean(scored, (row) => (row.probability - (row.won ? 1 : 0)) ** 2),
}
