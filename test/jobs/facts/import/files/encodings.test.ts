import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../../support/server/database.ts'
import { importText } from '../../../../support/import-text.ts'
import { channelsOf, HEADER, rejectedLines } from './support.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(() =>
  database.pool.query('truncate account, contact, activity, opportunity, spend, feed_start, import_run cascade'),
)

describe('an encoding', () => {
  const csv = `${HEADER}\n2024-01,Bücher – und €,1,EUR\n2024-01,Žižkov,1,EUR\n`
  const windows1252 = Buffer.from(
    csv.replaceAll('–', '\x96').replaceAll('€', '\x80').replaceAll('Ž', '\x8e').replaceAll('ž', '\x9e'),
    'latin1',
  )

  it.each([
    ['UTF-8', Buffer.from(csv)],
    ['UTF-16, little end first', Buffer.from(`\uFEFF${csv}`, 'utf16le')],
    ['UTF-16, big end first', Buffer.from(`\uFEFF${csv}`, 'utf16le').swap16()],
  ])('of %s is found out', async (_, bytes) => {
    const { notes } = await importText(database, 'spend', bytes)
    expect(notes).toEqual([])
    expect(await channelsOf(database)).toEqual(['Bücher – und €', 'Žižkov'])
  })

  it('that is not UTF-8 is read as windows-1252, and the summary says so', async () => {
    const { notes } = await importText(database, 'spend', windows1252)
    expect(notes[0]).toContain('not UTF-8: read as windows-1252')
    expect(await channelsOf(database)).toEqual(['Bücher – und €', 'Žižkov'])
  })

  it('is found out however far down the first odd byte stands', async () => {
    const plain = Array.from({ length: 50_000 }, (_, index) => `2024-01,c${index},1,EUR`).join('\n')
    const { notes } = await importText(
      database,
      'spend',
      Buffer.concat([Buffer.from(`${HEADER}\n${plain}\n`), windows1252.subarray(HEADER.length + 1)]),
      { dryRun: true },
    )
    expect(notes[0]).toContain('windows-1252')
  })

  it('that was stated is believed', async () => {
    await importText(database, 'spend', Buffer.from(`${HEADER}\n2024-01,\xa4,1,EUR\n`, 'latin1'), {
      encoding: 'iso-8859-15',
    })
    expect(await channelsOf(database)).toEqual(['€'])
    const { reasons } = await importText(database, 'spend', windows1252, { encoding: 'utf-8' })
    expect(reasons).toEqual({ bad_character: 2 })
  })

  it('of a good UTF-8 file with one broken row stays UTF-8', async () => {
    const broken = Buffer.concat([Buffer.from(csv), Buffer.from('2024-01,caf\xe9,1,EUR\n', 'latin1')])
    const summary = await importText(database, 'spend', broken)
    expect(await rejectedLines(summary)).toEqual(['4 bad_character'])
    expect(await channelsOf(database)).toEqual(['Bücher – und €', 'Žižkov'])
  })
})
