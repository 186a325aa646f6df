import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadPolicy } from '../../../src/jobs/models/load-policy.ts'
import { loadServiceLevel } from '../../../src/jobs/models/load-service-level.ts'
import { testPolicy } from '../../support/store-scores.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'winrate-service-level-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('models/sla.json loads, and names motions of models/policy.json', () => {
  const level = loadServiceLevel(loadPolicy())
  expect(level.contact_within_hours).toBeGreaterThan(0)
})

it.each([
  ['{"contact_within_hours": 0}', 'contact_within_hours'],
  ['{"contact_within_hours": 24, "motion": {}}', 'motion'],
  ['{"contact_within_hours": 24, "motions": {"expansoin": {"contact_within_hours": 1}}}', 'did you mean expansion?'],
  ['{"contact_within_hours": 24', 'sla.json'],
])('%s is refused with the file and the problem', async (text, said) => {
  const file = path.join(folder, 'sla.json')
  await writeFile(file, text)
  const load = () => loadServiceLevel(testPolicy(), file)
  expect(load).toThrow(said)
  expect(load).toThrow(file)
})
