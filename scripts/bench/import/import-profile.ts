import path from 'node:path'
import type { Pool } from 'pg'
import {
  copyResolvedRows,
  emptyActivities,
  importActivities,
  saveResolvedRows,
  withActivityFile,
  writtenColumns,
} from './activity-import.ts'
import { type BenchContext, type Benchmark, type Figure, interleaved, type Result, secondsOf } from '../benchmark.ts'
import { profileCpu } from '../cpu-profile.ts'
import { timeStatements } from './statement-times.ts'

const ROWS = { smoke: 5_000, small: 60_000, full: 500_000 } as const
const ROUNDS = 3

export const importProfileBenchmark: Benchmark = {
  name: 'import-profile',
  title: 'Where an import of activities spends its time',
  run: async (context: BenchContext): Promise<Result> => {
    const rows = ROWS[context.size]
    return await withActivityFile(context, rows, async ({ database: { pool }, file }) => {
      const times = timeStatements(pool)
      await emptyActivities(pool)
      await importActivities(pool, file, rows)
      await emptyActivities(pool)
      times.reset()
      let whole = 0
      const busy = await profileCpu(async () => {
        whole = await secondsOf(() => importActivities(pool, file, rows))
      })
      const statements = times.list()
      const perRow = (seconds: number) => (seconds * 1e6) / rows
      const part = (name: string, seconds: number): Figure => ({ name, value: perRow(seconds), unit: 'µs/row' })
      const resolved = path.join(context.folder, 'resolved.txt')
      await saveResolvedRows(pool, resolved)
      return {
        figures: [
          part('whole, under the profiler', whole),
          ...statements.map(({ text, seconds }) => part(`server: ${text}`, seconds)),
          ...busy.map(({ name, seconds }) => part(`our process: ${name}`, seconds)),
          ...(await copyVariants(pool, resolved)).map(({ name, seconds }) =>
            part(`COPY of resolved rows: ${name}`, seconds),
          ),
        ],
        notes: [
          `${rows.toLocaleString('en-US')} rows. The server's work on one batch and our process's work on the next overlap, so the parts add up to more than the whole. A statement's time is until its answer was read, which waits while our process is busy.`,
        ],
      }
    })
  },
}

/** The same rows into tables that differ in one property each: the cost of the table itself. */
async function copyVariants(pool: Pool, file: string) {
  const columns = await writtenColumns(pool)
  const { rows } = await pool.query<{ definition: string }>(
    `select string_agg(format('%I %s', a.attname, format_type(coalesce(nullif(t.typbasetype, 0), t.oid), null)), ', ') as definition
     from pg_attribute a join pg_type t on t.oid = a.atttypid
     where a.attrelid = 'activity'::regclass and a.attname = any ($1)`,
    [columns],
  )
  await pool.query(`
    create table bench_plain (${rows[0]?.definition});
    create table bench_domains (like activity including defaults including identity);
    create table bench_checks (like activity including defaults including identity including constraints);
    create table bench_indexes (like activity including all)`)
  const load = (table: string) => async () => {
    if (table === 'activity') await emptyActivities(pool)
    else await pool.query(`truncate ${table}`)
    return await secondsOf(() => copyResolvedRows(pool, table, file))
  }
  const medians = await interleaved(ROUNDS, {
    'no domains, checks, keys, indexes': load('bench_plain'),
    '+ domains': load('bench_domains'),
    '+ checks': load('bench_checks'),
    '+ keys and indexes': load('bench_indexes'),
    '+ foreign keys (the table itself)': load('activity'),
  })
  return Object.entries(medians).map(([name, seconds]) => ({ name, seconds }))
}
