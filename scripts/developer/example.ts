// Runs Winrate on a real history. `npx winrate example loan-events --data DIR [--json FILE]`.
import '../../src/node-version.ts'
import { Argument, Command } from 'commander'
import { runScript } from '../cli.ts'
import { runB2bDeals } from '../examples/b2b-deals.ts'
import { runLoanEvents } from '../examples/loan-events.ts'
import { runSimulatedCompany } from '../examples/simulated-company.ts'
import { runSimulatedStages } from '../examples/simulated-stages.ts'

const EXAMPLES = {
  'b2b-deals': runB2bDeals,
  'loan-events': runLoanEvents,
  'simulated-company': runSimulatedCompany,
  'simulated-stages': runSimulatedStages,
} as const

const command = new Command('winrate example')
  .description('Import a real history into a database of its own, train, and evaluate on cases not trained on.')
  .addArgument(new Argument('<name>', 'which history').choices(Object.keys(EXAMPLES)))
  .requiredOption('--data <dir>', 'folder that holds the data, or one that holds a folder of that name')
  .option('--json <file>', 'also write the figures to this file')
  .parse()

await runScript(() =>
  EXAMPLES[command.args[0] as keyof typeof EXAMPLES](command.opts<{ data: string; json?: string }>()),
)
