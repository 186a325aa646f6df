// `npx winrate COMMAND ...`: one command for all scripts. Only the file of the command named is loaded.
import '../src/node-version.ts'
import path from 'node:path'
import { COMMAND_FILES, helpText, unknownCommand } from './commands.ts'

const [node = '', , name, ...args] = process.argv
const file = COMMAND_FILES.get(name ?? '')
if (file !== undefined) {
  // The script reads its arguments as if it had been started by itself.
  process.argv = [node, path.join(import.meta.dirname, '..', file), ...args]
  await import(`../${file}`)
} else if (name === '--help' || name === '-h' || name === 'help') {
  console.log(helpText())
} else {
  console.error(name === undefined ? helpText() : unknownCommand(name))
  process.exitCode = 2
}
