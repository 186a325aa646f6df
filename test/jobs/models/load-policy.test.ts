import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadPolicy } from '../../../src/jobs/models/load-policy.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'winrate-policy-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

it('a policy whose exit threshold exceeds its enter threshold is refused with file, line and both values', async () => {
  const text = await readFile('models/policy.json', 'utf8')
  const changed = text.replace(/"exit": [0-9.]+/, '"exit": 0.9')
  const line = changed.split('\n').findIndex((one) => one.includes('"exit": 0.9')) + 1
  const file = path.join(folder, 'policy.json')
  await writeFile(file, changed)
  expect(line).toBeGreaterThan(1)
  expect(() => loadPolicy(file)).toThrow(`${file}:${line}: `)
  expect(() => loadPolicy(file)).toThrow(/exit.*0\.9/)
  expect(loadPolicy().$comment).toBeTypeOf('string')
})
