// Holds what is learned of people against a simulated company's truth. `npx winrate people-study --help`; docs/people.md has figures.
import '../../src/node-version.ts'
import { Command, InvalidArgumentError } from 'commander'
import { compileFeatures } from '../../src/core/features/compile.ts'
import { withOpportunities } from '../../src/simulation/size.ts'
import { studyPeople } from '../../src/simulation/studies/people-study.ts'
import { parseIsoDate } from '../../src/core/base/time.ts'
import { AppError } from '../../src/errors.ts'
import { loadSpecification } from '../../src/jobs/models/load-specification.ts'
import { runScript } from '../cli.ts'

const options = new Command('winrate people-study')
  .description('Which roles are found to matter, and how well contact engagement tells who drives a deal.')
  .option('--opportunities <n>', 'about how many opportunities the simulated company has', wholeNumber, 8000)
  .option('--accounts <n>', 'how many accounts: the fewer, the more often each opens one', wholeNumber, 6000)
  .option('--end <date>', 'the day on which its history ends', '2025-11-01')
  .option('--seed <text>', 'another company', '1')
  .option('--models <folder>', 'the folder of the specification', 'models')
  .parse()
  .opts<{ opportunities: number; accounts: number; end: string; seed: string; models: string }>()

await runScript(async () => {
  const specification = loadSpecification(options.models)
  const win = specification.models.find(({ model }) => model === 'win')
  const end = parseIsoDate(options.end)
  if (!win || !specification.people || !end)
    throw new AppError('OptionInvalid', 'needs win.json and contact.json in --models, and a day as --end')
  const world = withOpportunities({ end, seed: options.seed, accounts: options.accounts }, options.opportunities)
  const featureSet = compileFeatures(specification.features)
  console.log(JSON.stringify(studyPeople(world, win, featureSet, specification.people), null, 2))
})

function wholeNumber(text: string): number {
  if (/^\d{1,7}$/.test(text) && Number(text) > 0) return Number(text)
  throw new InvalidArgumentError('must be a whole number of at least 1.')
}
