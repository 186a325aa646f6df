import { describe, expect, it } from 'vitest'
import { explanationText } from '../../../scripts/text/explanation.ts'
import { EXAMPLE_EXPLANATION } from '../../../src/http/schemas/explanation-view.ts'
import type { Explanation } from '../../../src/core/explanation/published-explanation.ts'

const [model] = EXAMPLE_EXPLANATION.models
const size = { feature: 'employees', value: 40, standard_error: 0.1, sentence: 'Employees: 40', comparison: null }
const industry = { feature: 'industry', value: null, sentence: 'Industry: unknown', comparison: null }
/** The company adds 0.5: 0.2 by its size, 0.4 because the size is known, -0.1 because the industry is not. */
const explanation: Explanation = {
  ...EXAMPLE_EXPLANATION,
  models: [
    {
      ...model!,
      families: [
        {
          family: 'account_fit',
          log_odds: 0.5,
          contributions: [
            { ...size, log_odds: 0.6, value_log_odds: 0.2 },
            { ...industry, log_odds: -0.1, value_log_odds: null, standard_error: null },
          ],
        },
      ],
    },
  ],
}

describe('an explanation as text', () => {
  it('puts beside a sentence what its value does by itself, and the rest in one line', () => {
    const lines = explanationText(explanation, false).split('\n')
    const first = lines.findIndex((line) => line.endsWith('+0.50  the company'))
    expect(lines.slice(first + 1, first + 3)).toEqual([
      '         +0.20  Employees: 40',
      '         +0.30  what is known of it at all, and what is not',
    ])
  })

  it('prints the share of solid reasons', () => {
    const two = [...explanation.reasons, { ...explanation.reasons[0]!, certainty: 'probable' as const }]
    const text = explanationText({ ...explanation, reasons: two }, false)
    expect(text).toContain('2 reasons told, 50% of them solid (their 90% interval leaves out 0).')
    expect(explanationText({ ...explanation, reasons: [] }, false)).toContain('No reason is certain enough to be told.')
  })
})
