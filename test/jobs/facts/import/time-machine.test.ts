import { type RawBuilder, sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { exportAccounts, exportedFiles } from '../../../../src/simulation/export/export.ts'
import { simulationOptions } from '../../../../src/simulation/options.ts'
import { SIMULATED_KINDS } from '../../../../src/simulation/export/simulated-kinds.ts'
import type { IsoDate } from '../../../../src/core/base/time.ts'
import { loadSpecification } from '../../../../src/jobs/models/load-specification.ts'
import { runTimeMachine } from '../../../../src/jobs/evaluation/time-machine.ts'
import type * as KnownBefore from '../../../../src/store/features/known-before.ts'
import type { TimedFact } from '../../../../src/store/features/known-before.ts'
import { createTestDatabase, type TestDatabase } from '../../../support/server/database.ts'
import { at } from '../../../support/facts.ts'
import { importText, rowsOf } from '../../../support/import-text.ts'

/** What the query takes for the rule of time while a test runs; undefined: the real one. */
let planted:
  | ((fact: TimedFact, alias: string, asOf: RawBuilder<unknown>) => RawBuilder<boolean> | undefined)
  | undefined

vi.mock('../../../../src/store/features/known-before.ts', async (importOriginal) => {
  const original = await importOriginal<typeof KnownBefore>()
  const knownBefore: typeof original.knownBefore = (fact, alias, asOf) =>
    planted?.(fact, alias, asOf) ?? original.knownBefore(fact, alias, asOf)
  return { ...original, knownBefore }
})

let database: TestDatabase
const specification = loadSpecification('models')
const end = at('2025-11-01')

beforeAll(async () => {
  database = await createTestDatabase()
  const options = simulationOptions({ end: '2025-11-01' as IsoDate, accounts: 120, months: 18, seed: 'corrected' })
  const lines = new Map(exportedFiles(1).map(({ file, header }) => [file, [header]]))
  for (const account of exportAccounts(options, 1)) {
    for (const [file, added] of Object.entries(account.lines)) lines.get(file)?.push(...added)
  }
  for (const kind of SIMULATED_KINDS) {
    if (kind !== 'spend') await importText(database, kind, `${lines.get(kind)?.join('\n')}\n`)
  }
  await takeBack()
})
afterAll(() => database.drop())

/** Every tenth fact was deleted a month after it became known; some accounts, people and opportunities were too. */
async function takeBack(): Promise<void> {
  const month = `to_char(known_at + interval '30 days', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`
  const csv = async (header: string, query: string) => {
    const rows = (await rowsOf(database, query)) as Record<string, string>[]
    return `${[header, ...rows.map((row) => Object.values(row).join(','))].join('\n')}\n`
  }
  const header = 'source,source_id,known_at,deleted'
  for (const [kind, table] of [
    ['activities', 'activity'],
    ['business-events', 'business_event'],
  ] as const) {
    const query = `select source, source_id, ${month} as known, true as deleted from ${table} where superseded_at is null
      and hashtext(source_id) % 10 = 0 and known_at < '2025-09-01' order by source_id`
    const { counts } = await importText(database, kind, await csv(header, query))
    expect(counts.inserted).toBeGreaterThan(10)
  }
  for (const [kind, table, known] of [
    ['accounts', 'account', `'2025-08-01T00:00:00Z'`],
    ['contacts', 'contact', `'2025-07-15T00:00:00Z'`],
    ['opportunities', 'opportunity', `'2025-09-15T00:00:00Z'`],
  ] as const) {
    const query = `select external_id, ${known} as known, true as deleted from ${table}
      where hashtext(external_id) % 8 = 0 order by external_id`
    const { counts } = await importText(database, kind, await csv('external_id,known_at,deleted', query))
    expect(counts.inserted).toBeGreaterThan(0)
  }
}

const win = specification.models.filter(({ model }) => model === 'win')

async function mismatches(pairs: number, models: typeof specification.models) {
  try {
    const report = await runTimeMachine(database.db, {
      pairs,
      seed: 1,
      specification: { ...specification, models },
      end,
    })
    return report.mismatches
  } finally {
    planted = undefined
  }
}

describe('facts that were corrected and deleted', () => {
  it('are there to be probed', async () => {
    const [counts] = await rowsOf(
      database,
      `select count(*) filter (where superseded_at is not null and not deleted) > 100 as corrected,
         count(*) filter (where deleted) > 50 as deleted from activity`,
    )
    expect(counts).toEqual({ corrected: true, deleted: true })
  })

  it('give the same features with and without the future', async () => {
    expect(await mismatches(600, win)).toEqual([])
  })

  it.each(['activity', 'intent_signal', 'business_event'] as const)(
    'are caught when a correction of %s reaches into the past',
    async (wrong) => {
      planted = (fact, alias, asOf) => {
        if (fact !== wrong) return undefined
        const happened = wrong === 'intent_signal' ? 'observed_at' : 'occurred_at'
        const before = [happened, 'known_at', 'linked_at'].map((name) => sql`${sql.ref(`${alias}.${name}`)} < ${asOf}`)
        const newest = sql`${sql.ref(`${alias}.superseded_at`)} is null and not ${sql.ref(`${alias}.deleted`)}`
        return sql<boolean>`(${sql.join([...before, newest], sql` and `)})`
      }
      expect((await mismatches(200, [])).length).toBeGreaterThan(0)
    },
  )
})
