import { winCohort } from '../../core/training/cohorts/win-cohort.ts'
import { maturityDays, type ModelSpecification } from '../../core/training/cohorts/model-specification.ts'
import type { FeatureSet } from '../../core/features/compile.ts'
import { rankRows, rocAucOf } from '../../core/statistics/ranking.ts'
import { type PeopleExample, scorePeople } from '../../core/scoring/people/contact-model.ts'
import { trainPeople } from '../../core/scoring/people/people-model.ts'
import type { PeopleSpecification } from '../../core/scoring/people/people-specification.ts'
import type { RoleImportance } from '../../core/scoring/people/role-importance.ts'
import type { SimulatedTables } from '../export/rows.ts'
import { simulateAccounts, type SimulationRequest } from '../simulate-company.ts'
import { type Instant, startOfDay } from '../../core/base/time.ts'
import { simulatedHistories, simulatedSnapshots } from './simulated-snapshots.ts'

export interface PeopleStudy {
  readonly examples: number
  readonly won: number
  /** Of the people that accounts not learned from had when an opportunity opened. */
  readonly tested: { readonly people: number; readonly deals: number }
  /** AUC for the person who drives the deal: of the process that drew it, and of contact engagement. */
  readonly auc: { readonly truth: number; readonly engagement: number }
  readonly roles: readonly RoleImportance[]
  readonly notTrainedBecause: string | null
}

interface Tested {
  readonly drives: boolean
  readonly truth: number
  readonly engagement: number
}

/**
 * Compares the role importance and contact engagement of a simulated company with its truth: which roles matter, and which
 * person drives a deal. Trained on every other account, tested on the rest.
 */
export function studyPeople(
  request: SimulationRequest,
  win: ModelSpecification,
  featureSet: FeatureSet,
  specification: PeopleSpecification,
): PeopleStudy {
  const asOf = startOfDay(request.end)
  const learned: PeopleExample[] = []
  const rest: {
    readonly tables: SimulatedTables
    readonly examples: readonly PeopleExample[]
    opportunities: readonly string[]
  }[] = []
  let index = 0
  for (const tables of simulateAccounts(request)) {
    const found = examplesOf(tables, index, win, asOf)
    if (index % 2 === 0) learned.push(...found.examples)
    else if (found.examples.length > 0) rest.push({ tables, ...found })
    index += 1
  }
  const reference = learned.map(({ snapshot }) => snapshot)
  const model = trainPeople(learned, reference, featureSet, specification, maturityDays(win.label))
  const tested = rest.flatMap(({ tables, examples, opportunities }) =>
    examples.flatMap((example, place) => {
      const truths = tables.peopleTruths.filter((row) => row.opportunity_external_id === opportunities[place])
      const scores = scorePeople(model.contact, example.snapshot, specification)
      return truths.flatMap((truth): readonly Tested[] => {
        const score = scores.find(({ contact }) => contact.externalId === truth.contact_external_id)
        if (!score) return []
        return [{ drives: truth.drives, truth: truth.drive_probability, engagement: score.engagement ?? 0 }]
      })
    }),
  )
  const auc = (of: (one: Tested) => number) =>
    rocAucOf(rankRows(tested.map((one) => ({ probability: of(one), won: one.drives, weight: 1 }))))
  return {
    examples: learned.length,
    won: learned.filter(({ won }) => won).length,
    tested: { people: tested.length, deals: tested.filter(({ drives }) => drives).length },
    auc: { truth: auc(({ truth }) => truth), engagement: auc(({ engagement }) => engagement) },
    roles: model.roles,
    notTrainedBecause: model.not_trained_because,
  }
}

function examplesOf(tables: SimulatedTables, index: number, win: ModelSpecification, asOf: Instant) {
  const snapshotAt = simulatedSnapshots(tables, '1990-01-01T00:00:00.000000Z' as Instant)
  const { rows } = winCohort(simulatedHistories(tables, index + 1, asOf), win, asOf)
  const examples: PeopleExample[] = []
  const opportunities: string[] = []
  for (const row of rows) {
    const snapshot = snapshotAt(row.asOf)
    if (!snapshot || row.opportunity === null) continue
    const linked = tables.opportunityContacts.filter((link) => link.opportunity_external_id === row.opportunity)
    examples.push({
      account: row.account.externalId,
      asOf: row.asOf,
      openedAt: row.openedAt,
      won: row.won,
      snapshot,
      linked: new Set(linked.map((link) => link.contact_external_id)),
    })
    opportunities.push(row.opportunity)
  }
  return { examples, opportunities }
}
