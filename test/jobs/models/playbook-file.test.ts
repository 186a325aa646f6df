import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadCheckedPlaybook, loadPlaybook } from '../../../src/jobs/models/load-playbook.ts'
import { defaultText } from '../../core/qualification/playbook/support.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'

let folder: string
let database: TestDatabase
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'winrate-playbook-'))
  database = await createTestDatabase()
})
afterAll(async () => {
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

/** The default playbook with one text replaced, and the line of that text. */
async function edited(what: string, by: string) {
  const file = path.join(folder, 'playbook.json')
  const before = defaultText.slice(0, defaultText.indexOf(what))
  await writeFile(file, defaultText.replace(what, by))
  return { file, line: before.split('\n').length }
}

describe('the playbook file', () => {
  it('in models/ loads, and uses only the standard vocabulary', async () => {
    expect(loadPlaybook().rules.length).toBeGreaterThan(8)
    expect(await loadCheckedPlaybook(database.db)).toEqual(loadPlaybook())
  })

  it.each([
    ['"decision"]', '"decison"]', 'unknown stage "decison"; did you mean decision?'],
    ['"bdr_cadence"', '"bdr_cadance"', 'unknown channel "bdr_cadance"; did you mean bdr_cadence?'],
    ['"procurement"]', '"procurment"]', 'unknown role "procurment"; did you mean procurement?'],
    ['"touches"', '"touchs"', 'touchs: unknown key'],
  ])('is refused at the line where %s has become %s', async (what, by, message) => {
    const { file, line } = await edited(what, by)
    expect(() => loadPlaybook(file)).toThrow(`${file}:${line}: rules.`)
    expect(() => loadPlaybook(file)).toThrow(message)
  })

  it('is refused for a kind that neither the standard vocabulary nor the data has', async () => {
    const { file, line } = await edited('"free_trial_start"', '"free_trail_start"')
    await expect(loadCheckedPlaybook(database.db, file)).rejects.toThrow(
      `${file}:${line}: rules.3.when.buyer_activity.kinds.1: unknown activity kind "free_trail_start"; did you mean free_trial_start?`,
    )
  })

  it('is refused when it is missing or not JSON', async () => {
    const { file } = await edited('"rules": [', '"rules": [,')
    expect(() => loadPlaybook(file)).toThrow(`${file} cannot be read: `)
    expect(() => loadPlaybook(path.join(folder, 'none.json'))).toThrow('none.json cannot be read')
  })
})
