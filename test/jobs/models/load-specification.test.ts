import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadSpecification } from '../../../src/jobs/models/load-specification.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'winrate-specification-'))
  await cp('models', folder, { recursive: true })
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function edit(file: string, change: (json: Record<string, unknown>) => object): Promise<void> {
  const target = path.join(folder, file)
  const json = JSON.parse(await readFile(target, 'utf8')) as Record<string, unknown>
  await writeFile(target, JSON.stringify(change(json)))
}

describe('a specification', () => {
  it('that we ship loads, with its three models', () => {
    const { features, models } = loadSpecification(folder)
    expect(features.features.length).toBeGreaterThan(20)
    expect(models.map(({ model }) => model)).toEqual(['in_market', 'win', 'win_open'])
  })

  it('may say what is published beside the probabilities, and need not', async () => {
    expect(loadSpecification(folder).scores?.declared_intent.kinds).toEqual(['demo_request', 'free_trial_start'])
    await edit('scores.json', (json) => ({ ...json, expected_amount: { segment_by: [{ field: 'x', from: [5, 5] }] } }))
    expect(() => loadSpecification(folder)).toThrow('scores.json:1: expected_amount.segment_by.0.from: must rise')
    await rm(path.join(folder, 'scores.json'))
    expect(loadSpecification(folder).scores).toBeUndefined()
  })

  it('may have only some of the models, but not none', async () => {
    for (const file of ['in-market.json', 'win-open.json']) await rm(path.join(folder, file))
    expect(loadSpecification(folder).models.map(({ model }) => model)).toEqual(['win'])
    await rm(path.join(folder, 'win.json'))
    expect(() => loadSpecification(folder)).toThrow('must hold at least one of in-market.json, win.json, win-open.json')
  })

  it('without its features is refused by the name of the file', async () => {
    await rm(path.join(folder, 'features.json'))
    expect(() => loadSpecification(folder)).toThrow(/features\.json cannot be read: .*ENOENT/)
    await writeFile(path.join(folder, 'features.json'), '{ not json')
    expect(() => loadSpecification(folder)).toThrow(/features\.json cannot be read/)
  })

  it('says where in which file what is wrong', async () => {
    await edit('win.json', (json) => ({ ...json, label: { kind: 'won', within_days: 0, from: 'opened_at' } }))
    expect(() => loadSpecification(folder)).toThrow(/win\.json:1: label\.within_days: /)
  })

  it('refuses two models of one name, excluded features that do not exist, and features of one name', async () => {
    await edit('win-open.json', (json) => ({ ...json, model: 'win' }))
    expect(() => loadSpecification(folder)).toThrow('specifies model "win" twice')
    await edit('win-open.json', (json) => ({ ...json, model: 'win_open', exclude: ['demo_request'] }))
    expect(() => loadSpecification(folder)).toThrow(
      'model "win_open" excludes an unknown feature "demo_request"; nearest known: demo_requested',
    )
    await edit('features.json', (json) => ({
      ...json,
      features: [...(json['features'] as object[]), ...(json['features'] as object[])],
    }))
    expect(() => loadSpecification(folder)).toThrow('features.json: feature names must differ, got "industry" twice')
  })
})
