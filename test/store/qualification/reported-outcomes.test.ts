import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { listLoggedOutcomes, loggedOutcomesOf } from '../../../src/store/qualification/reported-outcomes.ts'
import { migrate } from '../../../src/store/database/migrate.ts'
import { readMigrations } from '../../../src/store/database/migrations/read-migrations.ts'
import { createEmptyDatabase, type TestDatabase } from '../../support/server/database.ts'

const REPLACED = fileURLToPath(new URL('../../fixtures/replaced-migrations', import.meta.url))
const OUTCOMES = '0018_outcomes.sql'
let database: TestDatabase
let folder: string
beforeEach(async () => {
  database = await createEmptyDatabase()
  folder = await mkdtemp(path.join(tmpdir(), 'winrate-outcomes-'))
  await bring((name) => name < OUTCOMES)
  await migrate(database.url, folder)
})
afterEach(async () => {
  await database.drop()
  await rm(folder, { recursive: true })
})

const bring = async (isWanted: (name: string) => boolean) => {
  for (const { name, sql: text } of await readMigrations(REPLACED))
    if (isWanted(name)) await writeFile(path.join(folder, name), text)
}

/** Each opportunity with its versions: how it stands since how many days, and since when it is closed. */
async function write(deals: Readonly<Record<string, readonly (readonly [outcome: string, daysAgo: number])[]>>) {
  const { rows } = await database.pool.query(
    `insert into account (external_id, known_at, backfilled) values ('acme', '2020-01-01', false) returning account_id`,
  )
  for (const [externalId, versions] of Object.entries(deals)) {
    const opportunity = await database.pool.query(
      `insert into opportunity (external_id, account_id, account_external_id) values ($1, $2, 'acme') returning opportunity_id`,
      [externalId, rows[0].account_id],
    )
    for (const [outcome, daysAgo] of versions)
      await database.pool.query(
        `insert into opportunity_version (opportunity_id, known_at, backfilled, opened_at, closed_at, outcome)
         select $1, t.at, false, '2020-01-01', case when $2 <> 'open' then t.at end, $2
         from (select now() - make_interval(days => $3)) t (at)`,
        [opportunity.rows[0].opportunity_id, outcome, daysAgo],
      )
  }
}

it('what has closed before outcomes are told at all is history, so that the first run tells of none of it', async () => {
  await write({
    won: [
      ['lost', 20],
      ['won', 3],
    ],
    lost: [['lost', 29]],
    old: [['lost', 40]],
    reopened: [
      ['lost', 9],
      ['open', 2],
    ],
  })
  await bring((name) => name === OUTCOMES)
  expect(await migrate(database.url, folder)).toEqual([OUTCOMES])
  expect(await listLoggedOutcomes(database.db, ['won', 'lost', 'old', 'reopened', 'unknown'])).toEqual(
    new Map([
      ['won', 'won'],
      ['lost', 'lost'],
    ]),
  )
  const { rows } = await database.pool.query('select distinct type, in_feed, motion from event')
  expect(rows).toEqual([{ type: 'opportunity.known', in_feed: false, motion: null }])
})

it('what was said last of an opportunity is found by an index', async () => {
  await bring((name) => name === OUTCOMES)
  await migrate(database.url, folder)
  await database.db.transaction().execute(async (db) => {
    await sql`set local enable_seqscan = off`.execute(db)
    const { rows } = await sql`explain ${loggedOutcomesOf(['O-1'])}`.execute(db)
    expect(JSON.stringify(rows)).toContain('event_of_outcome')
  })
})
