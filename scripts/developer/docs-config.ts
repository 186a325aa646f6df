// Writes the table of settings into docs/configuration.md. `npx winrate docs-config`.
import '../../src/node-version.ts'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Command } from 'commander'
import { withSettingsTable } from '../text/settings-table.ts'

new Command('winrate docs-config').description('Write the table of settings into docs/configuration.md.').parse()

const DOCUMENT = path.join(import.meta.dirname, '../../docs/configuration.md')
await writeFile(DOCUMENT, withSettingsTable(await readFile(DOCUMENT, 'utf8')))
