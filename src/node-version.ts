// Imported first by every entry point: an older Node would fail later, with a message about something else.
const NEEDED = 24
const major = Number(process.versions.node.split('.')[0])
if (major < NEEDED) {
  console.error(
    `winrate needs Node ${NEEDED} or newer, this is ${process.versions.node}. Use \`npm run\` or \`npx node\`.`,
  )
  process.exit(1)
}
