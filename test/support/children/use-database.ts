// Run as a process of its own: `use-database.ts <folder> <graceMs> [ends]`. Opens the database and waits for a signal.
import { once } from 'node:events'
import { loadConfig } from '../../../src/config.ts'
import { withDatabase } from '../../../src/store/database/with-database.ts'

const [folder, graceMs, ends] = process.argv.slice(2)
const config = loadConfig({ DATA_DIRECTORY: folder })
await withDatabase(
  config.database,
  async ({ pool }, interrupted) => {
    await pool.query('select 1')
    // Taken and never given back, as by a script that is interrupted inside a transaction.
    if (!ends) await pool.connect()
    const interruption = once(interrupted, 'abort')
    console.log('open')
    await interruption
    if (!ends) await new Promise((resolve) => setTimeout(resolve, 3_600_000))
  },
  { graceMs: Number(graceMs) },
)
console.log('ended cleanly')
