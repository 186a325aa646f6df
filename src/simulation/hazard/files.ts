import type { Day, HazardCompany } from './company.ts'
import { ACTIVITY_KINDS, SIZE } from './world.ts'

/** The export of the company as its CRM would write it: by file name, CSV with standard names. */
export function exportHazardCompany({ world, accounts }: HazardCompany): ReadonlyMap<string, string> {
  const end = Date.parse(`${world.options.end}T00:00:00Z`) / DAY_MS
  const opportunities = accounts.flatMap((account) =>
    account.opportunities.map((opportunity, index) => ({ account, opportunity, id: `${account.id}-${index + 1}` })),
  )
  return new Map([
    [
      'accounts.csv',
      csv(
        ['external_id', 'name', 'industry', 'employees', 'created_at'],
        accounts.map(({ id, traits, createdAt }) => [
          id,
          `Company ${id}`,
          world.industries[traits.industry]?.name ?? '',
          String(Math.max(1, Math.round(Math.exp(SIZE.mean + SIZE.deviation * traits.size)))),
          timeOf(createdAt),
        ]),
      ),
    ],
    [
      'activities.csv',
      csv(
        ['source_id', 'kind', 'occurred_at', 'initiated_by', 'account_external_id'],
        accounts.flatMap(({ id, activities }) =>
          activities.map(({ kind, at }, index) => [
            `${id}/${index}`,
            ACTIVITY_KINDS[kind] ?? '',
            timeOf(at),
            'buyer',
            id,
          ]),
        ),
      ),
    ],
    [
      'opportunities.csv',
      csv(
        ['external_id', 'account_external_id', 'opened_at', 'closed_at', 'outcome', 'type', 'lead_source'],
        opportunities.map(({ account, id, opportunity: { openedAt, closedAt, won, outbound } }) => [
          id,
          account.id,
          timeOf(openedAt),
          closedAt < end ? timeOf(closedAt) : '',
          closedAt >= end ? 'open' : won ? 'won' : 'lost',
          'new_business',
          outbound ? 'outbound' : 'inbound',
        ]),
      ),
    ],
  ])
}

const DAY_MS = 86_400_000

function timeOf(day: Day): string {
  return new Date(Math.round(day * DAY_MS)).toISOString()
}

/** No value of this company holds a comma or a quote. */
function csv(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return `${[header, ...rows].map((row) => row.join(',')).join('\n')}\n`
}
