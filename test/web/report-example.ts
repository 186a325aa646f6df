import { NO_ESTIMATE } from '../../src/core/statistics/clustered-proportion.ts'
import type { PolicyChoice } from '../../src/core/evaluation/policy/policy-choice.ts'
import { replayPolicy } from '../../src/core/evaluation/policy/policy-replay.ts'
import type { ReplayDeal, ReplayRow } from '../../src/core/evaluation/policy/policy-replay-listing.ts'
import type { PolicyReplay } from '../../src/core/evaluation/policy/policy-replay-report.ts'
import type { BacktestReport } from '../../src/core/evaluation/report/report.ts'
import { runBacktest } from '../../src/core/evaluation/backtest/run-backtest.ts'
import type { BacktestData, BacktestRow } from '../../src/core/evaluation/backtest/types.ts'
import type { FeatureColumn } from '../../src/core/features/types.ts'
import { createRandom } from '../../src/core/base/random.ts'
import type { ReadinessReport } from '../../src/core/evaluation/readiness/report.ts'
import { drawCompany, drawWorld, type StudyKind } from '../../src/simulation/studies/worlds.ts'
import { addMonths, instantPlusDays, type IsoDate, startOfDay } from '../../src/core/base/time.ts'
import type { ReportInput } from '../../src/web/report-input.ts'

const NAMES = [
  'pricing_page_visits_30d',
  'employees',
  'distinct_people_engaged_90d',
  'research_surge_on_our_topics_against_its_own_past',
  'revenue_usd',
  'email_replies_90d',
  'industry_wins_before',
  'days_since_last_visit',
]
const INDUSTRIES = ['software', 'manufacturing', 'health care', 'finance <& insurance>', null]

/** A company of the study with features, slices and dates that look like a real one's. */
function companyLike(kind: StudyKind, model: BacktestData['model'], seed: number): BacktestData {
  const data = drawCompany(drawWorld(kind, seed), seed)
  const random = createRandom(`slices ${seed}`)
  const columns = data.columns.map((column, index): FeatureColumn => {
    const name = NAMES[index % NAMES.length] ?? column.name
    return { ...column, name: index < NAMES.length ? name : `${name}_${index}` }
  })
  const rows = data.rows.map(
    (row): BacktestRow => ({
      ...row,
      earlierValues: row.values.map((value) => (typeof value === 'number' ? value + random.normal() : value)),
      honestValues: row.values.map((value, index) => (index === 1 ? null : value)),
      slices: { industry: random.pick(INDUSTRIES), size: random.pick(['up to 50', '51 to 500', 'more than 500']) },
    }),
  )
  return { ...data, model, columns, rows, excluded: { alive_under_2_days: 31, test_or_merged: 4 } }
}

export function modelReport(kind: StudyKind, model: BacktestData['model'], seed = 1): BacktestReport {
  const options = { replicates: 200, seed, penaltySensitivity: true }
  return runBacktest(companyLike(kind, model, seed), options).report
}

export function refusedReport(): BacktestReport {
  const data = companyLike('noise', 'win', 1)
  return runBacktest({ ...data, rows: data.rows.slice(0, 60) }, { replicates: 200, seed: 1 }).report
}

/** Two years of monthly lists: the model sees the account's quality with some noise, the rule with more. */
export function replayExample(): PolicyReplay {
  const random = createRandom('replay of the report')
  const qualities = Array.from({ length: 400 }, () => random.normal())
  const start = '2022-01-01' as IsoDate
  const months = Array.from({ length: 24 }, (_, index) => startOfDay(addMonths(start, index)))
  const rows = months.flatMap((month) =>
    qualities.map((quality, account): ReplayRow => {
      const points = Math.round(50 + 12 * quality + 18 * random.normal())
      return {
        id: `account-${account}`,
        month,
        probability: 1 / (1 + Math.exp(-(quality - 2.5 + 0.6 * random.normal()))),
        points,
        mqlQualified: points >= 60,
        worked: random.next() < 0.3,
      }
    }),
  )
  const deals = months.flatMap((month) =>
    qualities.flatMap((quality, account): readonly ReplayDeal[] => {
      if (random.next() > 0.02 * Math.exp(0.9 * quality)) return []
      const openedAt = instantPlusDays(month, 1 + random.integer(26))
      const closedAt = instantPlusDays(openedAt, 20 + random.integer(120))
      return [
        {
          key: `deal ${account} ${month}`,
          id: `account-${account}`,
          openedAt,
          closedAt,
          outcome: random.next() < 0.35 ? 'won' : 'lost',
          amount: 10_000 + random.integer(80_000),
          accountKnownAt: startOfDay('2021-06-01' as IsoDate),
          firstFactAt: random.next() < 0.9 ? startOfDay('2021-07-01' as IsoDate) : null,
        },
      ]
    }),
  )
  return replayPolicy(rows, deals, {
    asOf: startOfDay('2024-06-01' as IsoDate),
    capacityPerMonth: 20,
    openWithinDays: 90,
    wonWithinDays: 180,
    coolDownDays: 90,
    threshold: 0.2,
  })
}

export const READINESS: ReadinessReport = {
  as_of: '2024-06-01T00:00:00.000000Z',
  ready: true,
  findings: [
    {
      name: 'backfilled',
      severity: 'warning',
      model: null,
      subject: 'attributes',
      figure: 0.34,
      limit: 0.2,
      sentence:
        '34% of the attributes came without a date and count as known all along: they are not point-in-time, and a gain that hangs on them proves nothing.',
    },
  ],
  models: [
    {
      model: 'win',
      rows: 2000,
      accounts: 1162,
      won: 516,
      lost: 1484,
      base_rate: 0.258,
      by_month: [{ month: '2023-01', rows: 40, won: 11, base_rate: 0.275 }],
      unknown: [{ column: 'revenue_usd', share: 0.41 }],
      excluded: { alive_under_2_days: 31 },
      label_days: 180,
      labelled_before: '2023-12-04',
      sample_size: {
        parameters: 30,
        needed: 1210,
        auc: 0.7,
        auc_is_measured: false,
        cox_snell_r2: 0.12,
        shrinkage: 0.93,
      },
    },
  ],
  facts: [
    { fact: 'activities', stored: 120_400, known: 118_002, unmatched: 2398 },
    { fact: 'customer_events', stored: 0, known: null, unmatched: 0 },
  ],
  opportunities: { won: 516, lost: 1484, open: 77 },
  history: [
    {
      fact: 'activities',
      source: 'website',
      facts: 120_400,
      first_on: '2020-01-01',
      last_on: '2024-05-31',
      days: 1613,
    },
  ],
  backfilled: {
    attributes: { count: 340, of: 1000 },
    contacts: { count: 0, of: 0 },
    account_links: { count: 0, of: 0 },
    opportunity_contacts: { count: 0, of: 0 },
    opportunities: { count: 0, of: 2077 },
  },
  imports: [],
}

const LEAKAGE: BacktestReport['leakage'] = [
  {
    column: 'employees',
    kind: 'changed_at_close',
    severity: 'warning',
    evidence: '38% of its values became known within a day of the close',
    figures: { changed_when_won: 0.38 },
    remedy: 'add "employees" to "exclude" in the model\'s specification, or import the field with its dates',
  },
]

const LIST = { months: 3, entries: 61, entries_per_month: 20.3, known: 58, won: 9 }
const SHARE = { value: 0.155, low: 0.083, high: 0.271 }

export const POLICY: PolicyChoice = {
  objective: { kind: 'capacity', capacity: { per_month: 20 } },
  account_share: 1,
  cool_down_days: 90,
  periods: [
    {
      from: '2023-01-01',
      threshold: null,
      reason: 'only 0 months before it have probabilities, 3 needed',
      chosen_on: null,
      after: { ...LIST, months: 0, entries: 0, entries_per_month: 0, known: 0, won: 0, won_share: NO_ESTIMATE },
    },
    {
      from: '2023-04-01',
      threshold: 0.0712,
      reason: null,
      chosen_on: { ...LIST, won_share: SHARE },
      after: { ...LIST, won_share: SHARE },
    },
  ],
  pooled: { ...LIST, won_share: SHARE },
  policy: {
    enter: 0.0689,
    stages: [
      { stage: 'target', from: 0, times_base_rate: 0, share: 0.6, opening_rate: 0.01 },
      { stage: 'decision', from: 0.11, times_base_rate: 4, share: 0.1, opening_rate: 0.14 },
    ],
    basis: {
      enter:
        'the lowest threshold that lists at most 20 new accounts a month: over 12 months it lists 19.8 new accounts a month',
      stages: 'cut so that opening rates rise',
    },
  },
}

/** A report with everything in it, conditions that hold and conditions that do not. */
export function fullReport(): ReportInput {
  return {
    version: 'm-b3080b84cd3d540a',
    asOf: '2024-06-01T00:00:00.000000Z',
    specifications: { 'models/win.json': 'a'.repeat(64), 'models/in-market.json': 'b'.repeat(64) },
    winrateVersion: '0.1.0',
    models: [
      { ...modelReport('backfilled_only', 'in_market', 1), leakage: LEAKAGE },
      modelReport('real_signal', 'win', 2),
    ],
    qualified: modelReport('real_signal', 'qualified', 3),
    policy: POLICY,
    championNote: 'm-old learned from everything before 2023-10-01: only rows from then on are fair to it',
    policyReplay: replayExample(),
    readiness: READINESS,
    verdict: 'not_proven',
  }
}

/** Nothing could be examined. */
export function emptyReport(): ReportInput {
  return {
    version: 'm-b3080b84cd3d540a',
    asOf: '2024-06-01T00:00:00.000000Z',
    specifications: {},
    winrateVersion: '0.1.0',
    models: [refusedReport()],
    qualified: null,
    policy: null,
    championNote: null,
    policyReplay: null,
    readiness: null,
    verdict: 'refused',
  }
}
