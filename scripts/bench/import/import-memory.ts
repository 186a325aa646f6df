import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { withActivityFile } from './activity-import.ts'
import type { BenchContext, Benchmark, Result } from '../benchmark.ts'

const ROWS = { smoke: 5_000, small: 500_000, full: 5_000_000 } as const
const MIB = 1024 * 1024
const CHILD = path.join(import.meta.dirname, '../child/import-memory.ts')

export const importMemoryBenchmark: Benchmark = {
  name: 'import-memory',
  title: 'Memory of the importing process',
  run: async (context: BenchContext): Promise<Result> => {
    const rows = ROWS[context.size]
    return await withActivityFile(context, rows, async ({ database, file }) => {
      const { idleBytes, peakBytes, seconds } = await importInChild(database.url, file)
      const figures = [
        {
          name: 'peak above idle',
          value: (peakBytes - idleBytes) / MIB,
          unit: 'MiB',
          goal: { at: 'most', limit: 300 },
        },
        { name: 'peak', value: peakBytes / MIB, unit: 'MiB' },
        { name: 'whole import', value: rows / seconds, unit: 'rows/s' },
      ] as const
      const notes = [
        `${rows.toLocaleString('en-US')} activities, one run. Resident memory by the operating system's own count; idle is the same process with its database open.`,
      ]
      return { figures, notes }
    })
  },
}

async function importInChild(url: string, file: string) {
  const child = spawn(process.execPath, [CHILD, url, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (data) => (output += String(data)))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`the importing process ended with ${code}`)
  return JSON.parse(output) as { readonly idleBytes: number; readonly peakBytes: number; readonly seconds: number }
}
