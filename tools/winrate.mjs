#!/usr/bin/env node
// `npx winrate COMMAND ...`, and `npm run COMMAND -- ...` for the commands that package.json has.
process.argv.splice(2, 0, 'scripts/winrate.ts')
await import('./run.mjs')
