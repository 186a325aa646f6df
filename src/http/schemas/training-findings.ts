import { TrainingFindings } from '../../core/evaluation/readiness/training-findings.ts'

/** The checks of the training data, in runs and versions. */
export const FindingsView = TrainingFindings.meta({
  id: 'TrainingFindings',
  description:
    'The checks of the data before training: whether there is enough of it (`readiness`), and signs of target leakage ' +
    '(`leakage`), each with its evidence and remedy.',
  examples: [
    {
      ready: true,
      readiness: [
        {
          name: 'small_sample',
          severity: 'warning',
          model: 'win',
          subject: null,
          figure: 820,
          limit: 1140,
          sentence: 'win has 820 examples for 58 parameters; unpenalised it would take 1140.',
        },
      ],
      leakage: [
        {
          model: 'win',
          column: 'discount_percent',
          kind: 'changed_at_close',
          severity: 'critical',
          evidence: 'discount_percent was first filled on the day of closing in 92% of the opportunities.',
          remedy: 'add "discount_percent" to "exclude" in the model\'s specification',
        },
      ],
    },
  ],
})
