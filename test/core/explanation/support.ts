import fc from 'fast-check'
import featuresJson from '../../../models/features.json' with { type: 'json' }
import inMarketJson from '../../../models/in-market.json' with { type: 'json' }
import winJson from '../../../models/win.json' with { type: 'json' }
import winOpenJson from '../../../models/win-open.json' with { type: 'json' }
import { ModelSpecification } from '../../../src/core/training/cohorts/model-specification.ts'
import { typicalValues } from '../../../src/core/scoring/artifact/typical-values.ts'
import { compileFeatures, readFeatures } from '../../../src/core/features/compile.ts'
import { type AccountSnapshot, feedStartsOf } from '../../../src/core/features/snapshot.ts'
import { FeatureSpecification } from '../../../src/core/features/specification.ts'
import { fitEncoder } from '../../../src/core/training/logistic/encoder/fit-encoder.ts'
import { packedIndex } from '../../../src/core/training/logistic/solver/likelihood.ts'
import type { TrainingRow } from '../../../src/core/training/logistic/types.ts'
import { createRandom } from '../../../src/core/base/random.ts'
import { featuresOf, type LoadedModel, prepareArtifact } from '../../../src/core/scoring/artifact/model-artifact.ts'
import { at, event, person, signal, snapshotOf } from '../features/support.ts'
import { artifactOf } from '../scoring/support.ts'

const specification = FeatureSpecification.parse(featuresJson)
const models = [inMarketJson, winJson, winOpenJson].map((json) => ModelSpecification.parse(json))
export const featureSet = compileFeatures(specification)
export const definitions = featureSet.features.map(({ definition }) => definition)

const KINDS = ['web_visit', 'pricing_page_visit', 'content_download', 'email_reply', 'demo_request', 'free_trial_start']
const ROLES = ['economic_decision_maker', 'technical_decision_maker', 'procurement', 'influencer', 'user', null]
const TOPICS = ['analytics', 'crm', 'security']
const anyOf = <Item>(...items: readonly Item[]) => fc.constantFrom(...items)
const age = fc.integer({ min: 0, max: 200 })

/** Since when each kind of fact has been recorded: some windows reach back further, and are unknown. */
const recorded = feedStartsOf([
  ...KINDS.map((kind) => ({ fact: 'activity' as const, source: 'web', kind, firstAt: at('2024-04-20') })),
  ...TOPICS.map((kind) => ({ fact: 'intent_signal' as const, source: 'panel', kind, firstAt: at('2024-01-01') })),
  { fact: 'business_event', source: 'news', kind: 'funding', firstAt: at('2023-01-01') },
])

/** Accounts of every sort: empty ones, busy ones, with gaps, with values that nobody has met. */
export const anySnapshot: fc.Arbitrary<AccountSnapshot> = fc
  .record({
    industry: anyOf('software', 'bank', 'retail', 'never_met', null),
    employees: fc.option(fc.integer({ min: 1, max: 50_000 })),
    country: anyOf('DE', 'US', null),
    technologies: fc.option(fc.subarray(['sap', 'aws', 'crm', 'new_thing'])),
    roles: fc.array(anyOf(...ROLES), { maxLength: 5 }),
    activities: fc.array(
      fc.tuple(anyOf(...KINDS), age, fc.integer({ min: 1, max: 4 }), fc.integer({ min: -1, max: 4 })),
      {
        maxLength: 12,
      },
    ),
    signals: fc.array(fc.tuple(anyOf(...TOPICS), age, fc.integer({ min: 0, max: 100 })), { maxLength: 6 }),
    events: fc.array(fc.tuple(anyOf('funding', 'hiring'), age), { maxLength: 2 }),
    deals: fc.array(fc.tuple(anyOf('won' as const, 'lost' as const), fc.integer({ min: 10, max: 600 })), {
      maxLength: 2,
    }),
    isOld: fc.boolean(),
  })
  .map((drawn): AccountSnapshot => {
    const contacts = drawn.roles.map((buyingRole, key) =>
      person(key, { buyingRole, seniority: key === 0 ? 'vp' : null }),
    )
    const activities = drawn.activities.map(([kind, days, count, who]) =>
      event(kind, days, count, who >= 0 && who < contacts.length ? who : null),
    )
    const newestFirst = activities.toSorted((one, other) => one.ageDays - other.ageDays).map(({ kind }) => kind)
    const { industry, employees, country, technologies } = drawn
    return snapshotOf({
      accountKnownAt: at(drawn.isOld ? '2020-01-01' : '2024-09-01'),
      versions: [
        { source: 'crm', attributes: { name: 'Acme', industry, employees, country, technologies }, backfilled: false },
      ],
      contacts,
      activities,
      latestKinds: [...new Set(newestFirst)],
      intentSignals: drawn.signals.map(([topic, days, strength]) => signal(topic, days, strength)),
      businessEvents: drawn.events.map(([kind, days]) => event(kind, days)),
      opportunities: drawn.deals.map(([outcome, days], index) => ({
        externalId: `deal-${index}`,
        outcome,
        type: null,
        leadSource: null,
        openedAt: at('2023-01-01'),
        closedAt: at('2023-02-01'),
        openedAgeDays: days + 5,
        closedAgeDays: days,
      })),
      feedStarts: recorded,
    })
  })

const sample = fc.sample(anySnapshot, { seed: 7, numRuns: 400 })

/** The real specification with an encoder learned from such accounts, and coefficients drawn by lot that heed the declared signs. */
export function loadedModel(seed: number): LoadedModel {
  const random = createRandom(`explanation ${seed}`)
  const parts = models.map((model) => {
    const indexes = featuresOf(featureSet, model)
    const columns = indexes.map((index) => featureSet.columns[index]!)
    const rows = sample.map((snapshot, index): TrainingRow => {
      const all = readFeatures(featureSet, snapshot)
      const moment = at('2024-10-01')
      const values = indexes.map((column) => all[column] ?? null)
      return { id: `a${index}`, asOf: moment, openedAt: moment, values, won: random.next() < 0.3, weight: 1 }
    })
    const encoder = fitEncoder(
      columns,
      rows.map(({ values }) => values),
    )
    const coefficients = encoder.columns.map(({ sign }) => {
      const drawn = 0.25 * random.normal()
      if (sign === null) return drawn
      return sign === 'positive' ? Math.abs(drawn) : -Math.abs(drawn)
    })
    const covariance = new Array<number>(packedIndex(coefficients.length + 1, 0)).fill(0)
    for (let index = 0; index <= coefficients.length; index += 1) covariance[packedIndex(index, index)] = 0.01
    const [template] = artifactOf([model.model]).models
    const logistic = {
      ...template!.logistic,
      encoder,
      coefficients,
      covariance,
      intercept: model.model === 'in_market' ? -4 : -1,
    }
    return { model: model.model, logistic, typical: [...typicalValues({ columns, rows }, encoder)] }
  })
  const artifact = {
    ...artifactOf(),
    specification: { features: specification, models },
    models: parts.map(({ model, logistic }) => ({ model, logistic })),
    typical: parts.map(({ model, typical }) => ({ model, features: typical })),
  }
  return prepareArtifact(artifact, `v${seed}`)
}
