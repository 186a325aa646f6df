import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { migrate } from '../../../src/store/database/migrate.ts'
import { OUR_MIGRATIONS } from '../../../src/store/database/migrations/read-migrations.ts'
import { createEmptyDatabase, type TestDatabase } from '../../support/server/database.ts'

let database: TestDatabase
let earlier: string
beforeEach(async () => {
  database = await createEmptyDatabase()
  earlier = await mkdtemp(path.join(tmpdir(), 'winrate-migrations-'))
  for (const file of await readdir(OUR_MIGRATIONS))
    if (file < '0014') await cp(path.join(OUR_MIGRATIONS, file), path.join(earlier, file))
})
afterEach(async () => {
  await rm(earlier, { recursive: true })
  await database.drop()
})

/** A form of one visitor and address: since when it is known, and when it was taken back. */
const form = (id: string, visitor: string, known: string, takenBack?: string) => `
  insert into activity (source, source_id, kind, occurred_at, known_at, superseded_at, initiated_by, evidence, email, visitor_id)
  values ('web', '${id}', 'form_submit', '${known}', '${known}', ${takenBack ? `'${takenBack}'` : 'null'}, 'buyer', true,
    '${visitor}@acme.example', '${visitor}');
  ${
    takenBack
      ? `insert into activity (source, source_id, kind, occurred_at, known_at, deleted, initiated_by, evidence, email, visitor_id)
  values ('web', '${id}', 'form_submit', '${known}', '${takenBack}', true, 'buyer', true, '${visitor}@acme.example', '${visitor}');`
      : ''
  }`

const tie = (visitor: string, known: string, removed?: string) =>
  `insert into visitor_tie (visitor_id, email, known_at, removed_at)
   values ('${visitor}', '${visitor}@acme.example', '${known}', ${removed ? `'${removed}'` : 'null'});`

it('an upgrade makes periods of ties that had ended and were tied again', async () => {
  await migrate(database.url, earlier, database.serviceUrl)
  await database.pool.query(
    [
      // Two forms, the first taken back before the second came: the tie had ended, or was in force all along.
      ...['ended', 'unending'].map((visitor) => form(`${visitor} 1`, visitor, '2024-01-01Z', '2024-02-01Z')),
      ...['ended', 'unending'].map((visitor) => form(`${visitor} 2`, visitor, '2024-03-01Z')),
      tie('ended', '2024-01-01Z', '2024-02-01Z'),
      tie('unending', '2024-01-01Z'),
      // The second came while the first held: one period.
      form('held 1', 'held', '2024-01-01Z', '2024-04-01Z'),
      form('held 2', 'held', '2024-03-01Z'),
      tie('held', '2024-01-01Z'),
      form('gone 1', 'gone', '2024-01-01Z', '2024-02-01Z'),
      tie('gone', '2024-01-01Z', '2024-02-01Z'),
    ].join('\n'),
  )
  expect((await migrate(database.url, OUR_MIGRATIONS, database.serviceUrl))[0]).toBe('0014_visitor_tie_periods.sql')
  const { rows } = await database.pool.query<{ visitor: string; since: string; until: string | null }>(
    `select visitor_id as visitor, left((known_at at time zone 'UTC')::text, 10) as since,
       left((removed_at at time zone 'UTC')::text, 10) as until from visitor_tie order by 1, 2`,
  )
  expect(rows).toEqual([
    { visitor: 'ended', since: '2024-01-01', until: '2024-02-01' },
    { visitor: 'ended', since: '2024-03-01', until: null },
    { visitor: 'gone', since: '2024-01-01', until: '2024-02-01' },
    { visitor: 'held', since: '2024-01-01', until: null },
    { visitor: 'unending', since: '2024-01-01', until: '2024-02-01' },
    { visitor: 'unending', since: '2024-03-01', until: null },
  ])
  // Whatever the addresses lead to is matched again at the end of the next import.
  const { rows: changed } = await database.pool.query('select kind, value from identity_change order by 2')
  expect(changed).toEqual([
    { kind: 'email', value: 'ended@acme.example' },
    { kind: 'email', value: 'unending@acme.example' },
  ])
})
