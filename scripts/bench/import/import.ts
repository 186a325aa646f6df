import path from 'node:path'
import {
  copyResolvedRows,
  emptyActivities,
  importActivities,
  saveResolvedRows,
  withActivityFile,
} from './activity-import.ts'
import { type BenchContext, type Benchmark, interleaved, type Result, secondsOf } from '../benchmark.ts'

const ROWS = { smoke: 5_000, small: 60_000, full: 1_000_000 } as const
const ROUNDS = 3

export const importBenchmark: Benchmark = {
  name: 'import',
  title: 'Importing activities from CSV, beside COPY of the same rows, resolved, into the same table',
  run: async (context: BenchContext): Promise<Result> => {
    const rows = ROWS[context.size]
    return await withActivityFile(context, rows, async ({ database: { pool }, file }) => {
      const resolved = path.join(context.folder, 'resolved.txt')
      const seconds = await interleaved(ROUNDS, {
        import: async () => {
          await emptyActivities(pool)
          const took = await secondsOf(() => importActivities(pool, file, rows))
          await saveResolvedRows(pool, resolved)
          return took
        },
        copy: async () => {
          await emptyActivities(pool)
          return await secondsOf(() => copyResolvedRows(pool, 'activity', resolved))
        },
      })
      const figure = {
        name: 'activities',
        value: rows / seconds.import,
        unit: 'rows/s',
        reference: { name: 'COPY', value: rows / seconds.copy },
        goal: { at: 'least', limit: 0.5 },
      } as const
      return {
        figures: [figure],
        notes: [
          `${rows.toLocaleString('en-US')} rows, medians of ${ROUNDS}. The reference gets the keys of accounts and people, reads no CSV, checks, matches and corrects nothing, and has the same keys, foreign keys, checks and indexes.`,
        ],
      }
    })
  },
}
