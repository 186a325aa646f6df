// Trains a model version on the imported history. `npx winrate train --help`.
import '../../src/node-version.ts'
import { Command } from 'commander'
import { loadConfig, withTrainingTimeout } from '../../src/config.ts'
import { type CheckedTraining, checkedTraining } from '../../src/jobs/training/train-with-audit.ts'
import { describeFailure } from '../../src/jobs/training/training-failure.ts'
import { statedAsOf } from '../../src/jobs/training/history-order.ts'
import { loadSpecification } from '../../src/jobs/models/load-specification.ts'
import { withDatabase } from '../../src/store/database/with-database.ts'
import { specificationOption } from '../arguments.ts'
import { asOfOption, progressLines, runScript } from '../cli.ts'
import { findingsText, trainingSummary } from '../text/training-report.ts'

const options = new Command('winrate train')
  .description('Train the models of a specification on everything known before an instant, and store the version.')
  .addOption(specificationOption('features.json and the model files'))
  .option('--as-of <instant>', 'train on what was known before this day or instant (default: now)')
  .option('--json', 'print one JSON object instead of text')
  .parse()
  .opts<{ specification: string; asOf?: string; json?: boolean }>()

await runScript(async () => {
  const asOf = asOfOption(options.asOf)
  const specification = loadSpecification(options.specification)
  const database = loadConfig(process.env).database
  const training = withTrainingTimeout(database)
  const checked = await withDatabase(training, async ({ db }) =>
    checkedTraining(db, specification, await statedAsOf(db, asOf), progressLines('examples')),
  )
  const { outcome, findings } = checked
  if (options.json) console.log(JSON.stringify(toJson(checked), null, 2))
  else {
    console.log(outcome.kind === 'trained' ? trainingSummary(outcome) : describeFailure(outcome))
    console.log(findingsText(findings))
  }
  if (outcome.kind === 'refused') process.exitCode = 2
})

function toJson({ outcome, findings }: CheckedTraining) {
  if (outcome.kind === 'refused') {
    const { model, failure: reason } = outcome
    return { result: 'refused', model, reason, message: describeFailure(outcome), findings }
  }
  const { version, artifact } = outcome
  return {
    result: 'trained',
    version,
    as_of: artifact.as_of,
    data_sha256: artifact.data_sha256,
    specification_sha256: artifact.specification_sha256,
    findings,
    cohorts: artifact.cohorts,
    models: artifact.models.map(({ model, logistic }) => ({
      model,
      base_rate: logistic.base_rate,
      l2_penalty: logistic.l2_penalty,
      cross_validation: logistic.cross_validation,
      calibration: logistic.calibration,
    })),
  }
}
