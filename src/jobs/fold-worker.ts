// One thread of a backtest: takes the data once, then folds one after the other.
import { parentPort, workerData } from 'node:worker_threads'
import { runFold } from '../core/backtest/run-fold.ts'
import type { BacktestFold } from '../core/backtest/folds.ts'
import type { BacktestData, BacktestOptions } from '../core/backtest/types.ts'

const { data, options } = workerData as { data: BacktestData; options: BacktestOptions }

parentPort?.on('message', (fold: BacktestFold) => {
  parentPort?.postMessage(runFold({ data, fold, options }))
})
