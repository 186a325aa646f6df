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
  it('in models/ loads with its three models', () => {
    const { features, models } = loadSpecification(folder)
    expect(features.features.length).toBeGreaterThan(20)
    expect(models.map(({ model }) => model)).toEqual(['in_market', 'win', 'win_open'])
  })

  it('may have scores.json, which is optional', async () => {
    expect(loadSpecification(folder).scores?.declared_intent.kinds).toEqual(['demo_request', 'free_trial_start'])
    await edit('scores.json', (json) => ({ ...json, expected_amount: { segment_by: [{ field: 'x', from: [5, 5] }] } }))
    expect(() => loadSpecification(folder)).toThrow('scores.json:1: expected_amount.segment_by.0.from: must rise')
    await rm(path.join(folder, 'scores.json'))
    expect(loadSpecification(folder).scores).toBeUndefined()
  })

  it('must have at least one model', async () => {
    for (const file of ['in-market.json', 'win-open.json']) await rm(path.join(folder, file))
    expect(loadSpecification(folder).models.map(({ model }) => model)).toEqual(['win'])
    await rm(path.join(folder, 'win.json'))
    expect(() => loadSpecification(folder)).toThrow('must hold at least one of in-market.json, win.json, win-open.json')
  })

  it('without features.json is refused with the name of the file', async () => {
    await rm(path.join(folder, 'features.json'))
    expect(() => loadSpecification(folder)).toThrow(/features\.json cannot be read: .*ENOENT/)
    await writeFile(path.join(folder, 'features.json'), '{ not json')
    expect(() => loadSpecification(folder)).toThrow(/features\.json cannot be read/)
  })

  it('that is invalid is refused with the file, the path and the problem', async () => {
    await edit('win.json', (json) => ({ ...json, label: { kind: 'won', within_days: 0, from: 'opened_at' } }))
    expect(() => loadSpecification(folder)).toThrow(/win\.json:1: label\.within_days: /)
  })

  it('is refused when in-market and win count different opportunities, whatever the order of a list', async () => {
    const source = await readFile(path.join(folder, 'win.json'), 'utf8')
    const change = (rule: string, value: unknown) =>
      edit('win.json', (json) => ({ ...json, opportunities: { ...(json['opportunities'] as object), [rule]: value } }))
    await change('types', ['expansion', 'new_business'])
    expect(loadSpecification(folder).models).toHaveLength(3)
    for (const [rule, value, shown] of [
      ['exclude_lead_sources', [], '["outbound"] in one and [] in the other'],
      ['types', ['new_business'], '["new_business","expansion"] in one and ["new_business"] in the other'],
      ['minimum_lifetime_days', 0, '2 in one and 0 in the other'],
    ] as const) {
      await writeFile(path.join(folder, 'win.json'), source)
      await change(rule, value)
      expect(() => loadSpecification(folder)).toThrow(`"opportunities.${rule}" is ${shown}`)
    }
    await rm(path.join(folder, 'in-market.json'))
    expect(loadSpecification(folder).models).toHaveLength(2)
  })

  it('is refused for duplicate model names, unknown excluded features and duplicate feature names', async () => {
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
