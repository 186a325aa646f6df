// Lists the model versions. `npx winrate models --help`.
import '../../src/node-version.ts'
import { Command } from 'commander'
import { loadConfig } from '../../src/config.ts'
import { listRegisteredModels, type RegisteredModel } from '../../src/store/registry/registered-models.ts'
import { withDatabase } from '../../src/store/database/with-database.ts'
import { runScript } from '../cli.ts'
import { shownPosition } from '../../src/core/base/order.ts'
import { counted } from '../../src/core/base/counted.ts'

const MOST = 1000

const options = new Command('winrate models')
  .description('List the model versions, newest first: champion, challengers and retired ones.')
  .option('--json', 'print JSON instead of text')
  .parse()
  .opts<{ json?: boolean }>()

await runScript(async () => {
  const models = await withDatabase(
    loadConfig(process.env).database,
    ({ db }) => listRegisteredModels(db, { limit: MOST }),
    { readOnly: true },
  )
  if (options.json) console.log(JSON.stringify(models.map(toJson), null, 2))
  else if (models.length === 0) console.log('No version has been trained yet: run `npx winrate train`.')
  else console.log(models.map(toText).join('\n'))
})

function toText({ version, status, asOf, cohorts, backtest, promotions }: RegisteredModel): string {
  const verdict = backtest ? backtest.verdict.replaceAll('_', ' ') : 'never backtested'
  const learned = cohorts.map(
    ({ model, rows, won }) =>
      `${model.replaceAll('_', ' ')} ${counted(rows, 'example')}, ${shown(won)} of them positive`,
  )
  const history = promotions.map(({ kind, promotedAt, promotedBy, forced, reason }) => {
    const how = kind === 'rollback' ? 'rolled back to' : `promoted${forced ? ' by force' : ''}`
    return `    ${how} ${promotedAt.slice(0, 19)}Z by ${promotedBy}${reason === null ? '' : `: ${reason}`}`
  })
  const line = `${version}  ${status.padEnd(10)}  ${verdict}, as of ${shownPosition(asOf) ?? `${asOf.slice(0, 19)}Z`}, trained on ${learned.join('; ')}`
  return [line, ...history].join('\n')
}

function toJson(model: RegisteredModel) {
  return {
    version: model.version,
    status: model.status,
    as_of: model.asOf,
    created_at: model.createdAt,
    data_sha256: model.dataSha256,
    specification_sha256: model.specificationSha256,
    cohorts: model.cohorts,
    backtest: model.backtest
      ? { verdict: model.backtest.verdict, created_at: model.backtest.createdAt, reasons: model.backtest.reasons }
      : null,
    promotions: model.promotions.map((promotion) => ({
      kind: promotion.kind,
      replaced: promotion.replaced,
      forced: promotion.forced,
      verdict: promotion.verdict,
      promoted_by: promotion.promotedBy,
      reason: promotion.reason,
      promoted_at: promotion.promotedAt,
    })),
  }
}

function shown(count: number): string {
  return count.toLocaleString('en-US')
}
