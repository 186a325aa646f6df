// Scores every account with the champion and stores the result. `npx winrate score --help`.
import '../../src/node-version.ts'
import { Command } from 'commander'
import { loadConfig } from '../../src/config.ts'
import { AppError } from '../../src/errors.ts'
import { loadChampion, loadModel } from '../../src/jobs/registry/champion.ts'
import { loadPolicy } from '../../src/jobs/models/load-policy.ts'
import { storeFileSegments } from '../../src/jobs/qualification/load-segments.ts'
import { type ScoredRun, scoreEverybody } from '../../src/jobs/scoring/score.ts'
import { readClock } from '../../src/store/database/read-clock.ts'
import { withDatabase } from '../../src/store/database/with-database.ts'
import { asOfOption, progressLines, runScript } from '../cli.ts'
import { counted } from '../../src/core/base/counted.ts'
import { solidReasonsLine } from '../text/reasons.ts'

const options = new Command('winrate score')
  .description('Score every account by the facts known before an instant, and store the scores.')
  .option('--model <version>', 'score with this version (default: the champion)')
  .option('--as-of <instant>', 'day or instant (default: now)')
  .option('--json', 'print one JSON object instead of text')
  .parse()
  .opts<{ model?: string; asOf?: string; json?: boolean }>()

await runScript(async () => {
  const given = asOfOption(options.asOf)
  const result = await withDatabase(loadConfig(process.env).database, async ({ db }) => {
    const model = options.model ? await loadModel(db, options.model) : await loadChampion(db)
    if (!model)
      throw new AppError('NoChampion', 'no model is in use yet: run `npx winrate train`, then `npx winrate promote`')
    await storeFileSegments(db, loadPolicy())
    const asOf = given ?? (await readClock(db))
    const progress = progressLines('accounts')
    return {
      asOf,
      version: model.version,
      ...(await scoreEverybody(db, model, asOf, (done, total) => progress('scored', done, total))),
    }
  })
  if (result.scored === 0) {
    console.error(`no account was known before ${result.asOf}: import accounts first`)
    process.exitCode = 1
  }
  if (options.json) console.log(JSON.stringify({ as_of: result.asOf, ...toJson(result) }))
  else {
    const open = counted(result.withOpenOpportunity, 'has', 'have')
    console.log(
      `Scored ${counted(result.scored, 'account')} with ${result.version} as of ${result.asOf}; ${open} an open opportunity.`,
    )
    console.log(solidReasonsLine(result.reasons, result.solidReasons))
  }
})

function toJson(result: ScoredRun & { readonly version: string }) {
  return {
    version: result.version,
    scored: result.scored,
    with_open_opportunity: result.withOpenOpportunity,
    reasons: result.reasons,
    solid_reasons: result.solidReasons,
  }
}
