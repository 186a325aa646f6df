import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { longerLookback, ruleLookback, unknownRuleNames } from '../../../../src/core/evaluation/mql/check-rule.ts'
import { MqlRule } from '../../../../src/core/evaluation/mql/mql-rule.ts'
import { mqlPoints, mqlStanding } from '../../../../src/core/evaluation/mql/points.ts'
import { MQL_RULE } from '../../../../src/simulation/process/process.ts'
import { simulateAccounts } from '../../../../src/simulation/simulate-company.ts'
import { type IsoDate, parseInstant, startOfDay, type Instant } from '../../../../src/core/base/time.ts'
import { simulatedSnapshots } from '../../../../src/simulation/studies/simulated-snapshots.ts'
import { at, event, person, snapshotOf } from '../../features/support.ts'

const file = JSON.parse(readFileSync(`${import.meta.dirname}/../../../../models/mql-points.json`, 'utf8'))
const companyRule = MqlRule.parse(file)
const attributes = (values: Record<string, string | number | null>) => [
  { source: 'crm', attributes: values, backfilled: false },
]

describe('MQL points', () => {
  it("are the account's own plus those of its best contact", () => {
    // 300 employees 12; director 12 + pricing page 12 (10 days ago) + 12 x 0.4 (40 days ago) = 28.8; C level 20
    const snapshot = snapshotOf({
      versions: attributes({ employees: 300 }),
      contacts: [person(1, { seniority: 'director' }), person(2, { seniority: 'c_level' })],
      activities: [event('pricing_page_visit', 10, 1, 1), event('pricing_page_visit', 40, 1, 1)],
    })
    const { points, reasons, contact } = mqlPoints(companyRule, snapshot)
    expect(points).toBeCloseTo(40.8, 12)
    expect(contact).toBe('person-1')
    expect(reasons.map(({ name }) => name)).toEqual(['pricing_page', 'employees', 'seniority'])
    expect(reasons.reduce((sum, reason) => sum + reason.points, 0)).toBeCloseTo(points, 12)
  })

  it('are 0 without a known contact, unless the rule needs none', () => {
    const snapshot = snapshotOf({ versions: attributes({ employees: 5000 }), activities: [event('demo_request', 1)] })
    expect(mqlPoints(companyRule, snapshot).points).toBe(0)
    expect(mqlPoints({ ...companyRule, needs_contact: false }, snapshot).points).toBe(20)
  })

  it('fade by steps: age 29 counts in full, 30 at 40%, 90 not at all', () => {
    const points = (ageDays: number) =>
      mqlPoints(companyRule, snapshotOf({ contacts: [person(1)], activities: [event('demo_request', ageDays, 1, 1)] }))
        .points
    expect([29, 30, 89, 90].map(points)).toEqual([30, 12, 12, 0])
  })

  it('halve with every half-life, and end with the window', () => {
    const rule = MqlRule.parse({
      threshold: 1,
      events: [{ name: 'visit', of: 'contact', kinds: ['web_visit'], points: 8 }],
      fading: { days: 61, half_life_days: 30 },
    })
    const points = (ageDays: number) =>
      mqlPoints(rule, snapshotOf({ contacts: [person(1)], activities: [event('web_visit', ageDays, 1, 1)] })).points
    expect([0, 30, 60, 61].map(points)).toEqual([8, 4, 2, 0])
  })

  it('are capped where the rule says so, and a trigger counts once in three months', () => {
    const rule = MqlRule.parse({
      threshold: 1,
      needs_contact: false,
      events: [
        { name: 'visits', of: 'account', kinds: ['web_visit'], points: 2, at_most: 5 },
        { name: 'trigger', of: 'account', fact: 'business_event', kinds: ['funding'], points: 20, once_in_days: 90 },
      ],
      fading: { days: 365 },
    })
    const visits = snapshotOf({ activities: [event('web_visit', 3, 4)] })
    expect(mqlPoints(rule, visits).points).toBe(5)
    // Ages 200, 150 and 100: the first counts, the second comes 50 days after it, the third 100 days after it.
    const triggers = snapshotOf({ businessEvents: [100, 150, 200].map((age) => event('funding', age, 2)) })
    expect(mqlPoints(rule, triggers).points).toBe(40)
  })

  it('read titles by whole words and give negative points, but never less than 0 in all', () => {
    const rule = MqlRule.parse({
      threshold: 1,
      profile: [
        {
          name: 'title',
          of: 'contact',
          field: 'title',
          bands: [
            { contains: ['student'], points: -50 },
            { contains: ['VP', 'head of'], points: 15 },
            { unknown: true, points: 1 },
          ],
        },
      ],
      fading: { days: 30 },
    })
    const points = (title: string | null) => mqlPoints(rule, snapshotOf({ contacts: [person(1, { title })] })).points
    expect(['VP of Sales', 'MVP Manager', 'Head  of IT', 'Student', null].map(points)).toEqual([15, 0, 15, 0, 1])
  })

  it('are replaced by recorded MQL dates if the company has them', () => {
    const snapshot = snapshotOf({ asOf: at('2024-10-01') })
    expect(mqlStanding(companyRule, snapshot)).toEqual({ points: 0, qualified: false, basis: 'points' })
    expect(mqlStanding(companyRule, snapshot, [at('2024-07-03')])).toMatchObject({ qualified: true, basis: 'mql_at' })
    expect(mqlStanding(companyRule, snapshot, [at('2024-07-02')])).toMatchObject({ qualified: false, basis: 'mql_at' })
    expect(mqlStanding(companyRule, snapshot, [at('2024-10-01')])).toMatchObject({ qualified: false })
  })
})

describe('an MQL rule', () => {
  it('is refused with the nearest names where it names an unknown field or kind', () => {
    const rule = MqlRule.parse({
      threshold: 1,
      profile: [
        { name: 'size', of: 'account', field: 'employes', bands: [{ at_least: 1, points: 1 }] },
        { name: 'level', of: 'contact', field: 'seniorty', bands: [{ equals: ['vp'], points: 1 }] },
      ],
      events: [{ name: 'demo', of: 'contact', kinds: ['demo_requests'], points: 1 }],
      fading: { days: 30 },
    })
    const none = { fields: [], activityKinds: [], businessEventKinds: [], topics: [] }
    expect(unknownRuleNames(rule, none)).toEqual([
      'MQL points "size" name an unknown account field "employes"; nearest known: employees',
      'MQL points "level" name an unknown contact field "seniorty"; nearest known: seniority',
      'MQL points "demo" name an unknown activity kind "demo_requests"; nearest known: demo_request',
    ])
    expect(unknownRuleNames(companyRule, none)).toEqual([])
  })

  it('is refused when names repeat, steps do not rise, or news is to belong to a person', () => {
    const problems = (changes: object) =>
      MqlRule.safeParse({ threshold: 1, fading: { days: 30 }, ...changes }).error?.issues.map(({ message }) => message)
    const item = { name: 'a', of: 'contact', kinds: ['x'], points: 1 }
    expect(problems({ events: [item, item] })).toEqual(['names must differ, got "a" twice'])
    expect(problems({ events: [{ ...item, fact: 'business_event' }] })).toEqual([
      '"a": a business_event has no person, its points are of the account',
    ])
    const steps = [
      { below_days: 30, share: 1 },
      { below_days: 30, share: 0.5 },
    ]
    expect(problems({ fading: { steps } })).toEqual(['steps of a fading must have rising below_days'])
  })

  it('states how many days of facts it needs', () => {
    const other = {
      activityDays: 180,
      intentDays: 105,
      businessEventDays: 0,
      customerEventDays: 730,
      latestKinds: true,
      sourcePrecedence: [],
    }
    expect(ruleLookback(companyRule).activityDays).toBe(90)
    expect(longerLookback(ruleLookback(companyRule), other)).toEqual(other)
  })
})

describe('models/mql-points.json', () => {
  it("has the simulated company's own points", () => {
    expect(companyRule.threshold).toBe(MQL_RULE.threshold)
    expect(companyRule.events.map(({ kinds, points }) => [kinds[0], points])).toEqual(Object.entries(MQL_RULE.activity))
  })

  it('selects the accounts that the simulated company worked', () => {
    const end = '2025-11-01' as IsoDate
    const worldStart = parseInstant('2024-05-01T00:00:00Z') as Instant
    let [months, worked] = [0, 0]
    for (const tables of simulateAccounts({ end, months: 18, accounts: 120, seed: 7 })) {
      const snapshotAt = simulatedSnapshots(tables, worldStart)
      const customerSince = tables.accounts.find((row) => row.motion === 'expansion')?.known_at
      for (const { month, worked_by_sales: truth } of tables.accountMonths) {
        const asOf = startOfDay(month)
        const snapshot = snapshotAt(asOf)
        if (!snapshot || (customerSince && customerSince < asOf)) continue
        expect(mqlStanding(companyRule, snapshot).qualified, `${snapshot.externalId} ${month}`).toBe(truth)
        months += 1
        worked += truth ? 1 : 0
      }
    }
    expect(months).toBeGreaterThan(1000)
    expect(worked).toBeGreaterThan(20)
  })
})

describe('docs/mql-points.md', () => {
  it('shows rules that are valid and use only known names', () => {
    const text = readFileSync(`${import.meta.dirname}/../../../../docs/mql-points.md`, 'utf8')
    const examples = [...text.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json]) =>
      MqlRule.parse(JSON.parse(json ?? '')),
    )
    expect(examples).toHaveLength(2)
    const none = { fields: [], activityKinds: [], businessEventKinds: [], topics: [] }
    expect(examples.flatMap((rule) => unknownRuleNames(rule, none))).toEqual([])
    // The profile table reaches 70: 1000 employees 20, 100 million 20, engineering 10, software engineer 10, US 10.
    const best = snapshotOf({
      versions: attributes({ employees: 1000, revenue_usd: 100_000_000, country: 'US' }),
      contacts: [person(1, { department: 'engineering', title: 'Senior Software Engineer' })],
    })
    expect(mqlPoints(examples[0] as MqlRule, best).points).toBe(70)
  })
})
