import { describe, expect, it } from 'vitest'
import { contributingLevels } from '../../../src/core/scoring/contributing-levels.ts'
import { artifactOf } from './support.ts'

/** Five technologies with a coefficient and the share of examples that had them; `other` gathers the rare ones. */
const LEVELS = [
  ['aws', 0.8, 0.5],
  ['git', 0.01, 0.9],
  ['jira', 0.3, 0.2],
  ['sap', -0.6, 0.4],
  ['zoom', 0.5, 0.8],
] as const
const { logistic } = artifactOf(['in_market']).models[0]!
const column = { feature: 'technologies', family: 'account_fit', sign: null } as const
const model = {
  ...logistic,
  encoder: {
    ...logistic.encoder,
    columns: [
      ...LEVELS.map(([level, , mean]) => ({ ...column, part: 'level' as const, level, mean })),
      { ...column, part: 'other' as const, level: null, mean: 0.1 },
    ],
  },
  coefficients: [...LEVELS.map(([, coefficient]) => coefficient), 2],
}
const telling = (value: readonly string[], contribution: number) =>
  contributingLevels(model, 'technologies', value, contribution)

describe('of a set of technologies', () => {
  it('those are named that push the way the whole does, the strongest first', () => {
    // aws 0.8 x 0.5 = 0.4; jira 0.3 x 0.8 = 0.24; not sap 0.6 x 0.4 = 0.24; zoom 0.5 x 0.2 = 0.1; git 0.001.
    expect(telling(['zoom', 'aws', 'jira', 'git'], 0.9)).toEqual({ has: ['aws', 'jira'], lacks: ['sap'] })
  })

  it('or those that are lacking', () => {
    // not aws -0.4, not zoom -0.4, sap -0.36, not jira -0.06 (too little beside the others).
    expect(telling(['sap'], -0.9)).toEqual({ has: ['sap'], lacks: ['aws', 'zoom'] })
    expect(telling([], -0.5)).toEqual({ has: [], lacks: ['aws', 'zoom'] })
  })

  it('each is measured from its share where the set is known', () => {
    // Known of half of the examples: aws 0.5 of all is everybody's, so that having it tells nothing; jira 0.3 x (1 - 0.4) = 0.18.
    const missing = { ...column, part: 'missing' as const, level: null, mean: 0.5 }
    const columns = [...model.encoder.columns.filter(({ level }) => level === 'aws' || level === 'jira'), missing]
    const half = { ...model, encoder: { ...model.encoder, columns }, coefficients: [0.8, 0.3, -1] }
    expect(contributingLevels(half, 'technologies', ['aws', 'jira'], 0.18)).toEqual({ has: ['jira'], lacks: [] })
  })

  it('none is named for what only rare ones did', () => {
    const rare = { ...model, coefficients: [0, 0, 0, 0, 0, 2] }
    expect(contributingLevels(rare, 'technologies', ['cobol'], 1.8)).toEqual({ has: [], lacks: [] })
  })
})
