// A backtest in a process of its own: `backtest.ts <url> <version> <folds> <draws> [low]`, `low` for the priority of a training run.
// One JSON object a line: each step with the seconds since the one before, then the result.
import { constants, setPriority } from 'node:os'
import path from 'node:path'
import { backtest, loadMqlRule } from '../../../src/jobs/evaluation/backtest.ts'
import { loadModel } from '../../../src/jobs/registry/champion.ts'
import { openDatabase } from '../../../src/store/database/database.ts'

const [url = '', version = '', maxFolds = '', draws = '', priority] = process.argv.slice(2)
if (priority === 'low') setPriority(constants.priority.PRIORITY_LOW)
const database = openDatabase({ url, maxConnections: 4, statementTimeoutMs: 3_600_000 })
const model = await loadModel(database.db, version)
const rule = await loadMqlRule(database.db, path.resolve(import.meta.dirname, '../../../models'))
let before = performance.now()
const printStep = (step: string) => {
  const now = performance.now()
  console.log(JSON.stringify({ step, seconds: (now - before) / 1000 }))
  before = now
}
const settings = { capacityPerMonth: 50, maxFolds: Number(maxFolds), replicates: Number(draws) }
const { verdict, win, in_market: inMarket } = await backtest(database.db, model, rule, settings, printStep)
printStep('readiness')
await database.close()
const peakMiB = process.resourceUsage().maxRSS / 1024
const { userCPUTime, systemCPUTime } = process.resourceUsage()
const reasons = (inMarket ? [win, inMarket] : [win]).flatMap((report) =>
  report.reasons.map(({ condition, passed }) => ({ condition: `${report.model}: ${condition}`, passed })),
)
console.log(JSON.stringify({ verdict, reasons, peakMiB, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 }))
