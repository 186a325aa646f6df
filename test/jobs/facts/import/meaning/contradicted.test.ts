import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { importText, rowsOf } from '../../../../support/import-text.ts'
import { createTestDatabase, type TestDatabase } from '../../../../support/server/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(() => database.pool.query('truncate opportunity cascade'))

const HEADER = 'external_id,account_external_id,opened_at,outcome,closed_at,stage\n'
const NOW = `select distinct on (o.external_id) o.external_id as id, v.outcome from opportunity_version v
  join opportunity o using (opportunity_id) order by o.external_id, v.known_at desc`

describe('an opportunity with several rows of one import', () => {
  it.each([1, 10])(
    'that contradict each other is named, and ends as documented, %i rows a batch',
    async (batchRows) => {
      const csv = `${HEADER}A,X,2024-01-01,won,2024-03-31,
B,X,2024-01-01,lost,2024-03-31,
A,X,2024-01-01,lost,2024-03-31,
B,X,2024-01-01,lost,2024-03-31,
C,X,2024-01-01,won,2024-05-31,
C,X,2024-01-01,lost,2024-03-31,
D,X,2024-01-01,lost,2024-05-31,
D,X,2024-01-01,open,,Demo
E,X,2024-01-01,open,,Demo
E,X,2024-01-01,open,,Offer
`
      const { news, notes } = await importText(database, 'opportunities', csv, { batchRows })
      expect(news).toMatchObject({ contradicted: 4 })
      expect(notes).toContainEqual(
        expect.stringMatching(/^4 opportunities have rows that contradict each other; the first: line 4, "A"\. /),
      )
      expect(await rowsOf(database, NOW)).toEqual([
        { id: 'A', outcome: 'lost' },
        { id: 'B', outcome: 'lost' },
        { id: 'C', outcome: 'won' },
        { id: 'D', outcome: 'lost' },
        { id: 'E', outcome: 'open' },
      ])
    },
  )

  it('that follow each other, or come with another import, are no contradiction', async () => {
    const dated = 'external_id,account_external_id,opened_at,outcome,closed_at,known_at\n'
    const history = `${dated}A,X,2024-01-01,open,,2024-01-01T00:00:00Z\nA,X,2024-01-01,won,2024-03-31,2024-03-31T10:00:00Z\n`
    const closings = 'external_id,outcome,closed_at\nB,won,2024-03-31\n'
    const imports = [history, `${HEADER}B,X,2024-01-01,open,,\n`, closings, `${HEADER}C,X,2024-01-01,open,,\n`]
    for (const csv of [...imports, `${HEADER}C,X,2024-01-01,won,2024-03-31,\n`]) {
      const { news, notes } = await importText(database, 'opportunities', csv)
      expect([news['contradicted'], notes.join()]).toEqual([undefined, expect.not.stringContaining('contradict')])
    }
  })
})
