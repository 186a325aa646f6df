// Compares role importance and contact engagement with a simulated company's truth. `npx winrate people-study --help`; docs/people.md has figures.
import '../../src/node-version.ts'
import { Command } from 'commander'
import { compileFeatures } from '../../src/core/features/compile.ts'
import { withOpportunities } from '../../src/simulation/size.ts'
import { studyPeople } from '../../src/simulation/studies/people-study.ts'
import { parseIsoDate } from '../../src/core/base/time.ts'
import { AppError } from '../../src/errors.ts'
import { loadSpecification } from '../../src/jobs/models/load-specification.ts'
import { wholeNumber } from '../arguments.ts'
import { runScript } from '../cli.ts'

const options = new Command('winrate people-study')
  .description(
    'Measure which buying roles matter, and how well contact engagement identifies the person who drives a deal.',
  )
  .option('--opportunities <n>', 'approximate number of opportunities', wholeNumber(1), 8000)
  .option('--accounts <n>', 'number of accounts: fewer accounts open more opportunities each', wholeNumber(1), 6000)
  .option('--end <date>', 'the day on which its history ends', '2025-11-01')
  .option('--seed <text>', 'another seed makes another company', '1')
  .option('--models <folder>', 'the folder of the specification', 'models')
  .parse()
  .opts<{ opportunities: number; accounts: number; end: string; seed: string; models: string }>()

await runScript(async () => {
  const specification = loadSpecification(options.models)
  const win = specification.models.find(({ model }) => model === 'win')
  const end = parseIsoDate(options.end)
  if (!win || !specification.people || !end)
    throw new AppError('OptionInvalid', '--models must hold win.json and contact.json, and --end must be a day')
  const world = withOpportunities({ end, seed: options.seed, accounts: options.accounts }, options.opportunities)
  const featureSet = compileFeatures(specification.features)
  console.log(JSON.stringify(studyPeople(world, win, featureSet, specification.people), null, 2))
})
