import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadMqlRule } from '../../../src/jobs/evaluation/backtest.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'

let database: TestDatabase
let folder = ''
beforeAll(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(path.join(tmpdir(), 'winrate-mql-'))
})
afterAll(async () => {
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

const write = async (change: object) => {
  const shipped = JSON.parse(await readFile('models/mql-points.json', 'utf8')) as object
  await writeFile(path.join(folder, 'mql-points.json'), JSON.stringify({ ...shipped, ...change }))
}

describe('a points file', () => {
  it('with an unknown field is refused, naming the file and the field', async () => {
    await write({ treshold: 50 })
    await expect(loadMqlRule(database.db, folder)).rejects.toMatchObject({
      code: 'SpecificationInvalid',
      message: expect.stringMatching(/mql-points\.json[^]*treshold/),
    })
  })

  it('that is missing is refused, naming where it was looked for', async () => {
    await rm(path.join(folder, 'mql-points.json'), { force: true })
    await expect(loadMqlRule(database.db, folder)).rejects.toMatchObject({
      code: 'SpecificationInvalid',
      message: expect.stringContaining('mql-points.json'),
    })
  })
})
