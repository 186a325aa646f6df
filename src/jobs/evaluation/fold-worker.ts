// One thread of a backtest: takes the data once, then folds one after the other, then its share of the bootstrap.
import { parentPort, workerData } from 'node:worker_threads'
import type { BacktestFold } from '../../core/evaluation/backtest/folds/folds.ts'
import { estimateShare, prepareMeasurements } from '../../core/evaluation/backtest/measures/measurements.ts'
import { type FoldResult, runFold } from '../../core/evaluation/backtest/folds/run-fold.ts'
import type { BacktestData, BacktestOptions } from '../../core/evaluation/backtest/types.ts'

export type FoldRequest =
  | { readonly kind: 'fold'; readonly fold: BacktestFold }
  | {
      readonly kind: 'estimate'
      readonly results: readonly FoldResult[]
      readonly share: number
      readonly shares: number
    }

const { data, options } = workerData as { data: BacktestData; options: BacktestOptions }

parentPort?.on('message', (request: FoldRequest) => {
  parentPort?.postMessage(answer(request))
})

function answer(request: FoldRequest) {
  if (request.kind === 'fold') return runFold({ data, fold: request.fold, options })
  return estimateShare(prepareMeasurements(data, options, request.results), request.share, request.shares)
}
